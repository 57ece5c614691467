using Tierce.ImageTool;

namespace Tierce.Build.Tests;

/// <summary>The ABI is what build/abi.lock says, and a change of either stops the build.</summary>
public class AbiLockTests
{
    private static readonly string s_lock = Path.Combine(PlantedProject.Root, "build", "abi.lock");
    private static readonly string s_assembly = Path.Combine(PlantedProject.Root, "artifacts", "bin", "Abi", "release", "Tierce.Abi.dll");
    private static readonly string s_library = Path.Combine(PlantedProject.Root, "artifacts", "bin", "CoreLib", "release", "Tierce.CoreLib.dll");

    [Fact]
    public void TheAbiIsWhatTheLockSays() => Assert.Equal([], AbiLock.Compare(Locked(), AbiLock.Lines(s_assembly, [s_library])));

    /// <summary>A number that is taken out, one that changes, and one that is new and not in the file.</summary>
    [Theory]
    [InlineData("KernelCall.Yield = 1", "KernelCall.Yield = 1\nKernelCall.Gone = 99", "the ABI had 'KernelCall.Gone = 99'")]
    [InlineData("KernelCall.Yield = 1", "KernelCall.Yield = 2", "the ABI had 'KernelCall.Yield = 2'")]
    [InlineData("KernelCall.Yield = 1\n", "", "'KernelCall.Yield = 1' is new in the ABI")]
    [InlineData("RegisterFrame.Rip at 120, 8 bytes", "RegisterFrame.Rip at 112, 8 bytes", "the ABI had 'RegisterFrame.Rip at 112, 8 bytes'")]
    [InlineData("GuestCreateArguments.NoteFrame at 56, 8 bytes", "GuestCreateArguments.NoteFrame at 64, 8 bytes", "the ABI had 'GuestCreateArguments.NoteFrame at 64, 8 bytes'")]
    [InlineData("CallFrame.Argument3 = 72", "CallFrame.Argument3 = 16", "the ABI had 'CallFrame.Argument3 = 16'")]
    public void ADifferenceStopsTheBuild(string from, string to, string message)
    {
        string text = File.ReadAllText(s_lock);
        Assert.Contains(from, text, StringComparison.Ordinal);
        string planted = Path.GetTempFileName();
        File.WriteAllText(planted, text.Replace(from, to, StringComparison.Ordinal));
        string tool = Path.Combine(PlantedProject.Root, "artifacts", "bin", "ImageTool", "release", "Tierce.ImageTool.dll");
        (int status, string output) = PlantedProject.DotNet(PlantedProject.Root, [tool, "lock", planted, s_assembly, s_library]);
        File.Delete(planted);
        Assert.Equal(1, status);
        Assert.Contains("error TIERCE003: " + message, output, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Locked() => [.. File.ReadLines(s_lock).Where(line => line.Length > 0 && line[0] != '#')];
}
