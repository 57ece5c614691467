using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Writes where a guest was when it was stopped, by name. The guest's kernel does not describe its frames. The listed callers are therefore
/// all addresses on its stack that follow a call instruction; some may be left from earlier calls.
/// </summary>
public readonly ref struct CrashTrace
{
    private const int MostCallers = 24;
    private const int MostWords = 1024;
    private const int LongestName = 80;

    private readonly uint _logSlot;
    private readonly ReadOnlySpan<byte> _kernel;
    private readonly SymbolTable _rom;
    private readonly Kallsyms _symbols;

    /// <summary>A trace with the names of a guest's kernel file and its ROM's file.</summary>
    public CrashTrace(uint logSlot, ReadOnlySpan<byte> kernel, ReadOnlySpan<byte> rom)
    {
        _logSlot = logSlot;
        _kernel = kernel;
        _rom = RomImageHeader.Read(rom, out RomImageHeader header) == BuildError.None ? new SymbolTable(header.Symbols(rom)) : default;
        _symbols = new Kallsyms(kernel);
    }

    /// <summary>Writes where the ROM and the guest were, and the guest's callers.</summary>
    public void Write<TFrames>(in GuestAddresses<TFrames> memory, in VCpuReport report, in EntryFrame entry)
        where TFrames : struct, IGuestFrames
    {
        ulong stack = report.Rsp;
        if (report.Rip is >= HoleLayout.RomText and < HoleLayout.RomData)
        {
            Backtrace.Write(_logSlot, _rom, report.Rip);
            Place(" entered from "u8, entry.Rip);
            stack = stack is >= HoleLayout.Start and < HoleLayout.End ? entry.Rsp : stack;
        }
        else
        {
            Place(" at "u8, report.Rip);
        }

        int callers = 0;
        stack &= ~7UL;
        for (int i = 0; i < MostWords && callers < MostCallers && memory.TryRead(stack, out ulong value); i++, stack += sizeof(ulong))
        {
            if (BehindCall(value) && Place(" at "u8, value, onlyKnown: true))
            {
                callers++;
            }
        }
    }

    private bool Place(ReadOnlySpan<byte> how, ulong address, bool onlyKnown = false)
    {
        bool known = _symbols.TryFind(address, out int symbol, out ulong offset);
        if (!known && onlyKnown)
        {
            return false;
        }

        var log = new Log(_logSlot);
        log.Text("tierce: "u8);
        log.Text(how);
        log.Hex(address);
        if (known)
        {
            Span<byte> name = stackalloc byte[LongestName];
            log.Text(" "u8);
            log.Text(name.Slice(0, _symbols.Name(symbol, name)));
            log.Text("+"u8);
            log.Hex(offset);
        }

        log.EndLine();
        return true;
    }

    /// <summary>Whether the kernel's file has a call just before an address: by displacement, or through a register or memory.</summary>
    private bool BehindCall(ulong address)
    {
        const byte Relative = 0xe8, Indirect = 0xff, CallMask = 0x38, CallBits = 0x10;
        if (ElfImage.Open(_kernel, out ElfImage image) != ElfError.None)
        {
            return false;
        }

        for (int i = 0; i < image.SegmentCount; i++)
        {
            ElfSegment segment = image.Segment(i);
            ulong offset = address - segment.VirtualAddress;
            if (segment.Type == ElfSegment.Load && (segment.Flags & ElfSegment.Executable) != 0 && offset is >= 6 && offset <= segment.FileSize)
            {
                ReadOnlySpan<byte> code = image.Bytes(segment).Slice((int)offset - 6, 6);
                return code[1] == Relative || (code[0] == Indirect && (code[1] & CallMask) == CallBits)
                    || (code[3] == Indirect && (code[4] & CallMask) == CallBits) || (code[4] == Indirect && (code[5] & CallMask) == CallBits);
            }
        }

        return false;
    }
}
