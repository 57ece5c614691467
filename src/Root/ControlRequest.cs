namespace Tierce.Root;

/// <summary>What a request of the control line wants.</summary>
public enum ControlVerb
{
    /// <summary>Each disk of each guest, in an answer of its own.</summary>
    List,

    /// <summary>Other limits for a disk.</summary>
    Limit,

    /// <summary>A guest shall have a disk.</summary>
    Plug,

    /// <summary>A guest shall not have a disk.</summary>
    Unplug,

    /// <summary>The driver of a disk shall be ended, and started again.</summary>
    RestartDriver,

    /// <summary>The back end of a guest's disks shall be ended, and started again.</summary>
    RestartBackEnd,
}

/// <summary>Why a request is refused.</summary>
public enum ControlProblem
{
    /// <summary>It is not refused.</summary>
    None,

    /// <summary>It does not begin with a tag: one to sixteen letters and digits.</summary>
    NoTag,

    /// <summary>It has more bytes than a request may have.</summary>
    TooLong,

    /// <summary>Its second word is no verb.</summary>
    UnknownVerb,

    /// <summary>It has words that its verb does not take, or lacks some.</summary>
    BadWords,

    /// <summary>A limit is no number, or too large.</summary>
    BadNumber,

    /// <summary>No guest has that name.</summary>
    UnknownGuest,

    /// <summary>The guest has no such disk.</summary>
    UnknownDisk,

    /// <summary>The driver or back end has ended for good.</summary>
    Ended,
}

/// <summary>
/// One request of the control line, <c>TAG VERB WORDS</c>, with single spaces or more between the words. The tag is the sender's: each answer
/// begins with it.
/// </summary>
public struct ControlRequest
{
    /// <summary>Most bytes of a request.</summary>
    public const int MostBytes = 160;

    /// <summary>Most bytes of a tag.</summary>
    public const int MostTag = 16;

    /// <summary>How the name of a disk in its guest begins; a letter follows.</summary>
    private static ReadOnlySpan<byte> DiskName => "xvd"u8;

    /// <summary>The tag; empty if the request has none.</summary>
    public TextRange Tag;

    /// <summary>What it wants.</summary>
    public ControlVerb Verb;

    /// <summary>The guest's name.</summary>
    public TextRange Guest;

    /// <summary>Number of the guest's disk, from 0; at most 25.</summary>
    public int Disk;

    /// <summary>Limits of a second; 0 for none. A limit that is not named stays.</summary>
    public ulong Operations, Bytes;

    /// <inheritdoc cref="Operations"/>
    public bool HasOperations, HasBytes;

    /// <summary>Reads a request. The line may hold any bytes.</summary>
    public static ControlProblem Parse(ReadOnlySpan<byte> line, out ControlRequest request)
    {
        request = default;
        int next = 0;
        TextRange tag = NextWord(line, ref next);
        if (!IsTag(tag.In(line)))
        {
            return ControlProblem.NoTag;
        }

        request.Tag = tag;
        if (line.Length > MostBytes)
        {
            return ControlProblem.TooLong;
        }

        if (!TryVerb(NextWord(line, ref next).In(line), out request.Verb))
        {
            return ControlProblem.UnknownVerb;
        }

        if (request.Verb == ControlVerb.List)
        {
            return NextWord(line, ref next).Length == 0 ? ControlProblem.None : ControlProblem.BadWords;
        }

        request.Guest = NextWord(line, ref next);
        ReadOnlySpan<byte> disk = NextWord(line, ref next).In(line);
        if (disk.Length == 0)
        {
            return ControlProblem.BadWords;
        }

        if (disk.Length != DiskName.Length + 1 || !disk.StartsWith(DiskName) || disk[^1] is < (byte)'a' or > (byte)'z')
        {
            return ControlProblem.UnknownDisk;
        }

        request.Disk = disk[^1] - 'a';
        return request.ParseLimits(line, next);
    }

    private ControlProblem ParseLimits(ReadOnlySpan<byte> line, int next)
    {
        int count = 0;
        for (TextRange word = NextWord(line, ref next); word.Length != 0; word = NextWord(line, ref next))
        {
            count++;
            ControlProblem problem = Verb == ControlVerb.Limit ? ParseLimit(word.In(line)) : ControlProblem.BadWords;
            if (problem != ControlProblem.None)
            {
                return problem;
            }
        }

        return (Verb == ControlVerb.Limit) == (count != 0) ? ControlProblem.None : ControlProblem.BadWords;
    }

    private ControlProblem ParseLimit(ReadOnlySpan<byte> word)
    {
        int equals = word.IndexOf((byte)'=') + 1;
        ReadOnlySpan<byte> name = word.Slice(0, equals);
        bool isOperations = name.SequenceEqual("ops="u8);
        if (!isOperations && !name.SequenceEqual("bytes="u8))
        {
            return ControlProblem.BadWords;
        }

        if (!NumberText.TryParse(word.Slice(equals), out ulong number) || number > ManifestParser.MostRate)
        {
            return ControlProblem.BadNumber;
        }

        if (isOperations)
        {
            HasOperations = true;
            Operations = number;
        }
        else
        {
            HasBytes = true;
            Bytes = number;
        }

        return ControlProblem.None;
    }

    private static bool TryVerb(ReadOnlySpan<byte> word, out ControlVerb verb)
    {
        verb = word.SequenceEqual("limit"u8) ? ControlVerb.Limit
            : word.SequenceEqual("plug"u8) ? ControlVerb.Plug
            : word.SequenceEqual("unplug"u8) ? ControlVerb.Unplug
            : word.SequenceEqual("restart-driver"u8) ? ControlVerb.RestartDriver
            : word.SequenceEqual("restart-back-end"u8) ? ControlVerb.RestartBackEnd
            : ControlVerb.List;
        return verb != ControlVerb.List || word.SequenceEqual("list"u8);
    }

    private static bool IsTag(ReadOnlySpan<byte> word)
    {
        foreach (byte character in word)
        {
            if (character is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9')))
            {
                return false;
            }
        }

        return word.Length is > 0 and <= MostTag;
    }

    /// <summary>The word at or after a place, which moves beyond it; empty at the end.</summary>
    private static TextRange NextWord(ReadOnlySpan<byte> line, ref int next)
    {
        while (next < line.Length && line[next] == (byte)' ')
        {
            next++;
        }

        int start = next;
        while (next < line.Length && line[next] != (byte)' ')
        {
            next++;
        }

        return new TextRange(start, next - start);
    }
}
