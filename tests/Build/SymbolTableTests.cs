using Tierce.Abi;
using Tierce.ImageTool;

namespace Tierce.Build.Tests;

/// <summary>The table that the image tool writes is the one that images read.</summary>
public class SymbolTableTests
{
    private static readonly ImageFunction[] s_functions =
    [
        new(0x1000, 0x10, "Tierce_Kernel_Tierce_Kernel_Arch_Machine__Panic", "Arch_Machine.Panic", new CallFrame(0x1000, 0x10, false, 32, 24)),
        new(0x1010, 0x20, "entry", "entry", null),
        new(0x1040, 0x40, "Tierce_X__F", "X.F", new CallFrame(0x1040, 0x40, true, 16, 16)),
    ];

    [Theory]
    [InlineData(0x1000, "Arch_Machine.Panic", 0)]
    [InlineData(0x100f, "Arch_Machine.Panic", 15)]
    [InlineData(0x1010, "entry", 0)]
    [InlineData(0x107f, "X.F", 0x3f)]
    public void FindsTheFunctionOfAnAddress(ulong address, string name, int offset)
    {
        var table = new SymbolTable(SymbolTableWriter.Write(s_functions));
        Assert.True(table.TryFind(address, out SymbolEntry entry, out uint found));
        Assert.Equal(name, System.Text.Encoding.ASCII.GetString(table.NameOf(in entry)));
        Assert.Equal((uint)offset, found);
    }

    [Theory]
    [InlineData(0xfffUL)]
    [InlineData(0x1030UL)]
    [InlineData(0x1080UL)]
    [InlineData(ulong.MaxValue)]
    public void FindsNothingBetweenAndOutside(ulong address)
    {
        var table = new SymbolTable(SymbolTableWriter.Write(s_functions));
        Assert.False(table.TryFind(address, out _, out _));
    }

    [Fact]
    public void DamagedTableIsEmpty()
    {
        byte[] bytes = SymbolTableWriter.Write(s_functions);
        Assert.Equal(3, new SymbolTable(bytes).Count);
        Assert.Equal(0, new SymbolTable(bytes.AsSpan(0, bytes.Length - 1)).Count);
        bytes[16] = 0xff;
        Assert.Equal(0, new SymbolTable(bytes).Count);
        bytes[16] = 3;
        bytes[0] = 0;
        Assert.Equal(0, new SymbolTable(bytes).Count);
    }

    [Fact]
    public void StepsOutByFrameSizeAndByFramePointer()
    {
        var table = new SymbolTable(SymbolTableWriter.Write(s_functions));

        // Arch_Machine.Panic: 32 bytes, RBP saved 24 below the end; called from X.F, whose frame RBP measures.
        ulong[] stack = [0, 0x8030, 0, 0x1050, 0, 0, 0, 0x1015];
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(stack);
        var frame = new StackFrame { Rip = 0x1004, Rsp = 0x8000, Rbp = 1 };
        Assert.True(frame.TryStepOut(in table, bytes, 0x8000));
        Assert.Equal((0x1050UL, 0x8020UL, 0x8030UL), (frame.Rip, frame.Rsp, frame.Rbp));
        Assert.True(frame.TryStepOut(in table, bytes, 0x8000));
        Assert.Equal((0x1015UL, 0x8040UL), (frame.Rip, frame.Rsp));

        // Assembly without unwind directives, and the stack's end.
        Assert.False(frame.TryStepOut(in table, bytes, 0x8000));
        frame = new StackFrame { Rip = 0x1004, Rsp = 0x8030 };
        Assert.False(frame.TryStepOut(in table, bytes, 0x8000));
    }

    [Theory]
    [InlineData("Tierce_Kernel_Tierce_Kernel_Arch_Machine__Panic", "Arch_Machine.Panic")]
    [InlineData("Tierce_CoreLib_System_MemoryExtensions__SequenceEqual<UInt8>", "System_MemoryExtensions.SequenceEqual<UInt8>")]
    [InlineData("pvh_entry", "pvh_entry")]
    public void NamesAreReadable(string symbol, string name) => Assert.Equal(name, ImageFunctions.Readable(symbol));
}
