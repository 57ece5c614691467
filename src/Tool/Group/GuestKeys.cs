namespace Tierce.Tool.Group;

/// <summary>Keys of who sits at the terminal: to the guest with the focus, but for those behind Ctrl-].</summary>
internal sealed class GuestKeys(IReadOnlyList<GroupGuest> guests, GroupScreen screen, Stream line, Lock access, Action? detach, Action end)
{
    private bool _escaped;

    /// <summary>Takes the next keys.</summary>
    public void Take(ReadOnlySpan<byte> keys)
    {
        List<byte> plain = [];
        foreach (byte key in keys)
        {
            if (!_escaped && key == ConsoleTags.Escape)
            {
                _escaped = true;
            }
            else if (_escaped && key != ConsoleTags.Escape)
            {
                _escaped = false;
                Send(plain);
                Command(key);
            }
            else
            {
                _escaped = false;
                plain.Add(key);
            }
        }

        Send(plain);
    }

    private void Command(byte key)
    {
        int digit = key - '1';
        if (key == 'd' && detach is not null)
        {
            detach();
        }
        else if (key == 'q')
        {
            end();
        }
        else if (key == 'n' && screen.Focus is { } focus)
        {
            screen.Show(guests[(focus.Number + 1) % guests.Count]);
        }
        else if (digit >= 0 && digit < guests.Count)
        {
            screen.Show(guests[digit]);
        }
        else
        {
            screen.Say($"1 to {guests.Count}: show that guest; n: the next; {(detach is null ? string.Empty : "d: detach; ")}q: end the run; Ctrl-]: send that key");
        }
    }

    private void Send(List<byte> keys)
    {
        if (keys.Count == 0 || screen.Focus is not { } focus)
        {
            keys.Clear();
            return;
        }

        try
        {
            lock (access)
            {
                line.Write(ConsoleTags.Encode(focus.Number, guests.Count, keys.ToArray()));
                line.Flush();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The machine has stopped; whoever waits for it tells the user.
        }

        keys.Clear();
    }
}
