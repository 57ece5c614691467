using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Tierce.Analyzers;

/// <summary>What <c>build/rooms.txt</c> allows: the rooms in their order, each with the earlier ones that it may use, and what it may use of later ones.</summary>
internal sealed class RoomPlan
{
    private readonly HashSet<string> _rooms = [];
    private readonly HashSet<string> _allowed = [];
    private readonly List<(string, string, Location)> _outOfOrder = [];
    private readonly List<(string, string, string, Location)> _allowances = [];

    /// <summary>Reads the file.</summary>
    public RoomPlan(AdditionalText file, CancellationToken cancel)
    {
        SourceText? text = file.GetText(cancel);
        foreach (TextLine line in text?.Lines ?? Enumerable.Empty<TextLine>())
        {
            string content = line.ToString().Split('#')[0].Trim();
            var place = Location.Create(file.Path, line.Span, text!.Lines.GetLinePositionSpan(line.Span));
            if (content.Split([" up to "], 2, StringSplitOptions.None) is [string below, string above])
            {
                Allow(below.Trim(), above.Trim(), place);
            }
            else if (content.Split([':'], 2) is [string room, string others])
            {
                List(room.Trim(), others.Split([' '], StringSplitOptions.RemoveEmptyEntries), place);
            }
        }
    }

    /// <summary>Rooms that list one that does not come before them.</summary>
    public IEnumerable<(string Room, string Other, Location Place)> OutOfOrder => _outOfOrder;

    /// <summary>All that is allowed, with the key that <see cref="Allowance"/> returns.</summary>
    public IEnumerable<(string Key, string Room, string What, Location Place)> Allowances => _allowances;

    /// <summary>Whether a room is listed.</summary>
    public bool Knows(string room) => _rooms.Contains(room);

    /// <summary>What allows a room to use a member of another; null if nothing does.</summary>
    public string? Allowance(string room, string other, string type, string member)
    {
        string[] keys = [Key(room, other), Key(room, $"{other}.{type}"), Key(room, $"{other}.{type}.{member}")];
        return keys.FirstOrDefault(_allowed.Contains);
    }

    private static string Key(string room, string what) => $"{room} {what}";

    private void List(string room, string[] others, Location place)
    {
        foreach (string other in others)
        {
            if (!_rooms.Contains(other))
            {
                _outOfOrder.Add((room, other, place));
            }

            Allow(room, other, place);
        }

        _rooms.Add(room);
    }

    private void Allow(string room, string what, Location place)
    {
        _allowed.Add(Key(room, what));
        _allowances.Add((Key(room, what), room, what, place));
    }
}
