using System.Text;
using Tierce.Monitor;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.HostTool.Tests;

/// <summary>What the monitor recognises of Linux, tried on the kernels that Debian's archives offer at that moment.</summary>
public sealed class LinuxCodeTests
{
    /// <summary>Bytes of a change: a jump or a helper's new beginning, a call, a call with an address, and with its own pointer and one or four.</summary>
    private const int JumpSize = 5, CallSize = 6, TableSize = 14, StackSize = 22, RootSize = 46;

    /// <summary>The archive's kernels for running on machines, by the packages that stand for the newest of each kind.</summary>
    public static TheoryData<string> Kernels => [.. KernelSource.Packages()];

    [Fact]
    public void ArchiveHasTheKernelsThatTheDocumentationNames() =>
        Assert.Subset(KernelSource.Packages().ToHashSet(), new HashSet<string> { "linux-image-amd64", "linux-image-cloud-amd64", "linux-image-rt-amd64" });

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EveryFunctionIsFound(string package)
    {
        LinuxCode code = Open(package);
        LinuxFunctions functions = code.Find();
        Assert.True(code.IsWhole, code.Report());
        Assert.False(functions.Contradict);
        Assert.True(code.Moves > 500, $"{code.Moves} calls");
    }

    /// <summary>Each byte of each function, and of all that decides what it does, is changed in two ways: only operands may.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void EachByteThatDiffersIsRefused(string package)
    {
        LinuxCode code = Open(package);
        LinuxFunctions functions = code.Find();
        int refused = 0, accepted = 0;
        foreach ((LinuxFunction function, int instance, int start) in Starts(functions))
        {
            var bytes = new CodeByte[CodeSearch.Limit];
            Assert.True(Matches(code, function, instance, start, bytes));
            for (int at = 0; at < bytes.Length; at++)
            {
                foreach (byte flip in bytes[at] == CodeByte.Unknown ? [] : (byte[])[0x01, 0xff])
                {
                    code.Text[at] ^= flip;
                    bool matches = Matches(code, function, instance, start, default);
                    code.Text[at] ^= flip;
                    Assert.False(matches && bytes[at] == CodeByte.Fixed, $"{function} is accepted though byte 0x{at:x} differs");
                    refused += matches ? 0 : 1;
                    accepted += matches ? 1 : 0;
                }
            }
        }

        // The twin: operands that nothing else mentions are free, so the comparison does not refuse whatever it is given. An operand
        // that has to lead to known code is accepted where it leads to a twin of that code.
        Assert.True(refused > 10_000 && accepted > 1_000, $"{refused} refused, {accepted} accepted");
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void WhatIsOverwrittenHoldsNoOperand(string package)
    {
        LinuxCode code = Open(package);
        LinuxFunctions functions = code.Find();
        foreach ((LinuxFunction function, int instance, int start) in Starts(functions))
        {
            var bytes = new CodeByte[CodeSearch.Limit];
            Assert.True(Matches(code, function, instance, start, bytes));
            foreach ((int from, int size) in Overwritten(functions, function, instance))
            {
                // Linux rewrites places of tracepoints, which are nops, calls of pv_ops and jumps to the return thunk. Direct calls it
                // rewrites on processors that want returns counted, which its check for a call's first byte leaves alone here.
                string changed = Convert.ToHexString(code.Text.Slice(from, size));
                if (function is LinuxFunction.WriteRoot or LinuxFunction.LoadStack)
                {
                    Assert.DoesNotContain("FF15", changed, StringComparison.Ordinal);
                }
                else
                {
                    Assert.All(bytes.AsSpan(from, size).ToArray(), what => Assert.Equal(CodeByte.Fixed, what));
                }

                Assert.DoesNotContain("6690", changed, StringComparison.Ordinal);
                Assert.DoesNotContain("0F1F4400", changed, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>One function that is not as it is known takes with it those that need it, and no other.</summary>
    [Theory]
    [InlineData(LinuxFunction.LoadStack, new[] { LinuxFunction.LoadStack })]
    [InlineData(LinuxFunction.SetUpper, new[] { LinuxFunction.SetUpper, LinuxFunction.AllocateUpper })]
    [InlineData(LinuxFunction.PinTables, new[] { LinuxFunction.PinTables })]
    [InlineData(LinuxFunction.Translate, new[] { LinuxFunction.Translate })]
    [InlineData(LinuxFunction.WriteEntry, new[]
    {
        LinuxFunction.WriteEntry, LinuxFunction.SetLowest, LinuxFunction.SetUpper, LinuxFunction.AllocateLowest, LinuxFunction.AllocateUpper,
        LinuxFunction.ReleaseTable, LinuxFunction.FlushPage, LinuxFunction.PinTables, LinuxFunction.UnpinTables,
    })]
    public void WhatNeedsAnUnknownFunctionIsNotChanged(LinuxFunction unknown, LinuxFunction[] unchanged)
    {
        LinuxCode code = Open("linux-image-cloud-amd64");
        int place = code.Find().Place(unknown, 0, LinuxFunctions.Change);
        code.Text[place] ^= 1;
        LinuxFunctions functions = code.Find();
        foreach (LinuxFunction function in Enum.GetValues<LinuxFunction>())
        {
            Assert.Equal(!unchanged.Contains(function), functions.IsUsable(function));
        }

        Assert.False(code.IsWhole);
        Assert.Contains(unknown == LinuxFunction.Translate || unknown == LinuxFunction.SetUpper ? "more of it, or fewer" : "not found", code.Report(), StringComparison.Ordinal);
    }

    [Fact]
    public void FunctionsThatContradictEachOtherAreAllRefused()
    {
        LinuxCode code = Open("linux-image-cloud-amd64");
        int start = code.Find().Place(LinuxFunction.WriteRoot, 0, LinuxFunctions.Start);

        // add rdi, [page_offset_base]: after the call, two pushes and a move.
        int operand = start + code.Text[start..].IndexOf((ReadOnlySpan<byte>)[0x48, 0x03, 0x3d]) + 3;
        code.Text[operand] ^= 8;
        LinuxFunctions functions = code.Find();
        Assert.True(functions.Contradict);
        Assert.All(Enum.GetValues<LinuxFunction>(), function => Assert.False(code.Find().IsUsable(function)));
        Assert.Contains("contradict", code.Report(), StringComparison.Ordinal);
    }

    [Fact]
    public void SecondCopyOfAFunctionIsRefused()
    {
        LinuxCode code = Open("linux-image-cloud-amd64");
        int start = code.Find().Place(LinuxFunction.LoadStack, 0, LinuxFunctions.Start);
        code.Text.Slice(start, 0xc0).CopyTo(code.Text[0x8_0000..]);
        Assert.Equal(CodeFinding.WrongCount, code.Find().Finding(LinuxFunction.LoadStack));
    }

    [Fact]
    public void NamesAreToldApartByTheirNumbers()
    {
        HashSet<string> names = [];
        HashSet<ulong> numbers = [];
        PatternList list = default;
        while (list.Next())
        {
            PatternReader reader = new(list.Code);
            while (reader.Next(out PatternWord word))
            {
                if (word.Kind is PatternKind.Relative or PatternKind.Absolute or PatternKind.Offset && names.Add(Encoding.ASCII.GetString(word.Text)))
                {
                    Assert.True(numbers.Add(CodeSymbols.Name(word.Text)));
                }
            }
        }

        Assert.InRange(names.Count, 20, CodeSymbols.Capacity - (2 * LinuxFunctions.Translations));
    }

    private static LinuxCode Open(string package)
    {
        GuestKernel kernel = KernelSource.Resolve(package);
        return new LinuxCode(package, File.ReadAllBytes(KernelCache.Unpacked(kernel).Path));
    }

    private static List<(LinuxFunction Function, int Instance, int Start)> Starts(LinuxFunctions functions)
    {
        List<(LinuxFunction, int, int)> starts = [];
        foreach (LinuxFunction function in Enum.GetValues<LinuxFunction>())
        {
            for (int i = 0; i < LinuxFunctions.InstancesOf(function); i++)
            {
                starts.Add((function, i, functions.Place(function, i, LinuxFunctions.Start)));
            }
        }

        return starts;
    }

    private static bool Matches(LinuxCode code, LinuxFunction function, int instance, int start, CodeByte[]? bytes)
    {
        PatternList list = default;
        while (list.NextOf(LinuxFunctions.Name(function)))
        {
            CodeSymbols symbols = new(new ulong[CodeSymbols.MemorySize]);
            CodeMatcher matcher = new(code.Text[..CodeSearch.Limit], code.Address, symbols, new int[CodeMatcher.Places], bytes, default, instance);
            if (matcher.IsFunction(list.Code, start) && symbols.Contradictions == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static List<(int From, int Size)> Overwritten(LinuxFunctions functions, LinuxFunction function, int instance)
    {
        List<(int From, int Size)> places = [];
        int change = functions.Place(function, instance, LinuxFunctions.Change);
        if (function == LinuxFunction.WriteEntry)
        {
            places.Add((change, LinuxFunctions.WriteEntrySize));
            places.Add((functions.Place(function, 0, LinuxFunctions.Room), LinuxFunctions.RoomPointers * sizeof(ulong)));
            places.Add((functions.Place(function, 0, LinuxFunctions.MoreRoom), (LinuxFunctions.Pointers - LinuxFunctions.RoomPointers) * sizeof(ulong)));
            places.Add((functions.Place(function, 0, LinuxFunctions.OffsetRoom), sizeof(ulong)));
            return places;
        }

        places.Add((change, function switch
        {
            LinuxFunction.SetLowest or LinuxFunction.SetUpper or LinuxFunction.Translate => JumpSize,
            LinuxFunction.FlushPage => CallSize,
            LinuxFunction.WriteRoot => RootSize,
            LinuxFunction.LoadStack => StackSize,
            _ => TableSize,
        }));
        return places;
    }
}
