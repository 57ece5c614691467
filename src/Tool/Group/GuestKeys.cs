namespace Tierce.Tool.Group;

/// <summary>Passes the user's keys to the guest with the focus, except those after Ctrl-].</summary>
internal sealed class GuestKeys(IReadOnlyList<GroupGuest> guests, GroupScreen screen, Stream line, Lock access, Action? detach, Action end)
{
    private readonly GuestNumber _number = new();
    private bool _escaped;

    /// <summary>Takes the next keys.</summary>
    public void Take(ReadOnlySpan<byte> keys)
    {
        List<byte> plain = [];
        foreach (byte key in keys)
        {
            if (_number.Follows)
            {
                TakeNumber(key);
            }
            else if (!_escaped && key == ConsoleTags.Escape)
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
        else if (key == ConsoleTags.Go)
        {
            screen.Say("number of a guest, and Enter");
            _number.Begin();
        }
        else if (digit >= 0 && digit < Math.Min(guests.Count, ConsoleTags.ByDigit))
        {
            screen.Show(guests[digit]);
        }
        else
        {
            string further = guests.Count > ConsoleTags.ByDigit ? $"g, a number up to {guests.Count} and Enter: that one; " : string.Empty;
            screen.Say($"1 to {Math.Min(guests.Count, ConsoleTags.ByDigit)}: show that guest; {further}n: the next; {(detach is null ? string.Empty : "d: detach; ")}q: end the run; Ctrl-]: send that key");
        }
    }

    private void TakeNumber(byte key)
    {
        int? place = _number.Take(key);
        if (place < guests.Count)
        {
            screen.Show(guests[place.Value]);
        }
        else if (!_number.Follows)
        {
            screen.Say($"no such guest: 1 to {guests.Count}");
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
            // The machine has stopped; the thread that waits for it reports that.
        }

        keys.Clear();
    }
}
