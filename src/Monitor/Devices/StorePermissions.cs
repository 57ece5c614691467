using System.Runtime.CompilerServices;

namespace Tierce.Monitor;

/// <summary>What a domain may do with a node.</summary>
[System.Flags]
public enum StoreAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read its value and list its children.</summary>
    Read = 1,

    /// <summary>Change and remove it, and make children.</summary>
    Write = 2,
}

/// <summary>
/// A node's permissions: its owner, who may do anything, what all domains may do that are not listed, and what the listed ones may. The text
/// form has a letter and a domain for each, the owner first. Source: Xen's <c>docs/misc/xenstore.txt</c>.
/// </summary>
public struct StorePermissions
{
    /// <summary>Most entries, the owner's included.</summary>
    public const int Most = 4;

    /// <summary>Domain of the monitor, which Xen's toolstack has.</summary>
    public const uint Toolstack = 0;

    private const uint MostDomain = 0x7ff0;

    private Entries _entries;

    [InlineArray(Most)]
    private struct Entries
    {
        private Entry _first;
    }

    private struct Entry
    {
        public ushort Domain;
        public byte Access;
    }

    /// <summary>How many there are; 0 of a node that was never made.</summary>
    public int Count { get; private set; }

    /// <summary>The node's owner.</summary>
    public uint Owner
    {
        readonly get => _entries[0].Domain;
        set => _entries[0].Domain = (ushort)value;
    }

    /// <summary>A node of the toolstack, which a domain may read.</summary>
    public static StorePermissions ReadBy(uint domain)
    {
        StorePermissions permissions = default;
        permissions.Add(Toolstack, StoreAccess.None);
        permissions.Add(domain, StoreAccess.Read);
        return permissions;
    }

    /// <summary>A node of a domain, of no concern to other guests.</summary>
    public static StorePermissions OwnedBy(uint domain)
    {
        StorePermissions permissions = default;
        permissions.Add(domain, StoreAccess.None);
        permissions.Add(Toolstack, StoreAccess.Read);
        return permissions;
    }

    /// <summary>What a domain may do.</summary>
    public readonly StoreAccess Of(uint domain)
    {
        if (Count != 0 && domain == Owner)
        {
            return StoreAccess.Read | StoreAccess.Write;
        }

        for (int i = 1; i < Count; i++)
        {
            if (_entries[i].Domain == domain)
            {
                return (StoreAccess)_entries[i].Access;
            }
        }

        return (StoreAccess)_entries[0].Access;
    }

    /// <summary>Reads the text form. Returns the protocol's error, or nothing.</summary>
    public static ReadOnlySpan<byte> Parse(scoped ReadOnlySpan<byte> text, out StorePermissions permissions)
    {
        permissions = default;
        while (text.Length != 0)
        {
            int end = text.IndexOf((byte)0);
            ReadOnlySpan<byte> word = end < 0 ? text : text.Slice(0, end);
            text = end < 0 ? default : text.Slice(end + 1);
            if (!TryParse(word, out StoreAccess access, out uint domain))
            {
                return "EINVAL"u8;
            }

            if (permissions.Count == Most)
            {
                return "ENOSPC"u8;
            }

            permissions.Add(domain, access);
        }

        return permissions.Count == 0 ? "EINVAL"u8 : default;
    }

    /// <summary>Writes the text form. Returns its bytes; an entry has at most 7.</summary>
    public readonly int Write(Span<byte> text)
    {
        int length = 0;
        for (int i = 0; i < Count; i++)
        {
            text[length++] = (StoreAccess)_entries[i].Access switch
            {
                StoreAccess.Read => (byte)'r',
                StoreAccess.Write => (byte)'w',
                StoreAccess.None => (byte)'n',
                _ => (byte)'b',
            };
            length += DecimalText.Write(text.Slice(length), _entries[i].Domain);
            text[length++] = 0;
        }

        return length;
    }

    private static bool TryParse(ReadOnlySpan<byte> word, out StoreAccess access, out uint domain)
    {
        const int MostDigits = 5;
        domain = 0;
        access = word.Length == 0 ? default : word[0] switch
        {
            (byte)'r' => StoreAccess.Read,
            (byte)'w' => StoreAccess.Write,
            (byte)'b' => StoreAccess.Read | StoreAccess.Write,
            _ => StoreAccess.None,
        };
        if (word.Length is < 2 or > MostDigits + 1 || word[0] is not ((byte)'n' or (byte)'r' or (byte)'w' or (byte)'b'))
        {
            return false;
        }

        foreach (byte digit in word.Slice(1))
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            domain = (domain * 10) + (uint)(digit - '0');
        }

        return domain < MostDomain;
    }

    private void Add(uint domain, StoreAccess access)
    {
        ref Entry entry = ref _entries[Count++];
        entry.Domain = (ushort)domain;
        entry.Access = (byte)access;
    }
}
