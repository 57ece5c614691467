using System.Globalization;
using System.Text;
using Tierce.Monitor;
using Tierce.Runtime;

namespace Tierce.Tool.Guest;

/// <summary>What the monitor recognises of one Linux kernel: it runs the monitor's own code over the kernel's file.</summary>
internal sealed class LinuxCode
{
    private readonly byte[] _kernel;
    private readonly int[] _memory = new int[LinuxFunctions.MemorySize];
    private readonly ulong[] _names = new ulong[CodeSymbols.MemorySize];

    /// <summary>Of an unpacked kernel.</summary>
    /// <exception cref="ToolException">It has no text.</exception>
    public LinuxCode(string name, byte[] kernel)
    {
        _kernel = kernel;
        if (ElfImage.Open(kernel, out ElfImage image) != ElfError.None || !FindText(image, isInitial: false, out ElfSegment text))
        {
            throw new ToolException($"{name}: no ELF kernel with text");
        }

        Address = text.VirtualAddress;
        Offset = (int)text.Offset;
        Size = (int)text.FileSize;
    }

    /// <summary>Virtual address of the text.</summary>
    public ulong Address { get; }

    /// <summary>Where in the file the text begins, and its bytes.</summary>
    public int Offset { get; }

    /// <inheritdoc cref="Offset"/>
    public int Size { get; }

    /// <summary>The text; a change is seen by the next <see cref="Find"/>.</summary>
    public Span<byte> Text => _kernel.AsSpan(Offset, Size);

    /// <summary>Looks for the functions.</summary>
    public LinuxFunctions Find() => new(Text, Address, _memory, new CodeSymbols(_names));

    /// <summary>Whether the two stubs are there.</summary>
    public BuildError Stubs => HypercallStubs.Find(Text, out _);

    /// <summary>How many calls of helpers would become moves.</summary>
    public int Moves
    {
        get
        {
            ElfImage.Open(_kernel, out ElfImage image);
            NoFrames frames = new(new byte[4096]);
            return IdentityCalls.Change(ref frames, image, 0);
        }
    }

    /// <summary>Whether all of it is there, so that a guest takes the fastest way.</summary>
    public bool IsWhole
    {
        get
        {
            LinuxFunctions functions = Find();
            bool all = Stubs == BuildError.None;
            for (int i = 0; i < LinuxFunctions.Count; i++)
            {
                all &= functions.IsUsable((LinuxFunction)i);
            }

            return all;
        }
    }

    /// <summary>A table for people: each function, whether it was found, and why not.</summary>
    public string Report()
    {
        LinuxFunctions functions = Find();
        StringBuilder table = new();
        Line(table, "hypercall stubs", Stubs == BuildError.None ? "found" : Encoding.ASCII.GetString(BuildMessage.Text(Stubs)));
        Kallsyms symbols = new(_kernel);
        for (int i = 0; i < LinuxFunctions.Count; i++)
        {
            var function = (LinuxFunction)i;
            int instances = LinuxFunctions.InstancesOf(function);
            string name = Encoding.ASCII.GetString(LinuxFunctions.Name(function));
            Line(table, instances == 1 ? name : $"{name} ({instances} of a kind)", Describe(functions, function, symbols));
        }

        Line(table, "calls of helpers", string.Create(CultureInfo.InvariantCulture, $"{Moves} become moves"));
        return table.ToString();
    }

    private static void Line(StringBuilder table, string name, string what) => table.Append(CultureInfo.InvariantCulture, $"{name,-32}{what}\n");

    private string Describe(LinuxFunctions functions, LinuxFunction function, Kallsyms symbols) => functions.Finding(function) switch
    {
        CodeFinding.NoCandidate => "not found: no code begins as it does",
        CodeFinding.WrongCount => "not used: there are more of it, or fewer, than are known",
        CodeFinding.Differs => $"not found: what comes closest differs at {Place(functions.Difference(function), symbols)}",
        _ when functions.Contradict => "not used: two functions contradict each other about an address",
        _ when !functions.IsUsable(function) => $"not used: it needs another function that is not; it is at {Place(functions.Place(function, 0, LinuxFunctions.Start), symbols)}",
        _ => $"found at {Place(functions.Place(function, 0, LinuxFunctions.Start), symbols)}",
    };

    private string Place(int offset, Kallsyms symbols)
    {
        ulong address = Address + (ulong)offset;
        Span<byte> name = stackalloc byte[128];
        return symbols.TryFind(address, out int symbol, out ulong inside)
            ? string.Create(CultureInfo.InvariantCulture, $"0x{address:x}, {Encoding.ASCII.GetString(name[..symbols.Name(symbol, name)])}+0x{inside:x}")
            : string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");
    }

    private static bool FindText(ElfImage image, bool isInitial, out ElfSegment text)
    {
        for (int i = 0; i < image.SegmentCount; i++)
        {
            text = image.Segment(i);
            if (LinuxFunctions.IsText(text, isInitial))
            {
                return true;
            }
        }

        text = default;
        return false;
    }

    /// <summary>Memory of a guest that there is none of: what is written is lost.</summary>
    private readonly struct NoFrames(byte[] page) : IGuestFrames
    {
        public Span<byte> Frame(ulong frame) => page;
    }
}
