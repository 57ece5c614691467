using Tierce.ImageTool;

namespace Tierce.Build.Tests;

/// <summary>Outside Arch the kernel names no more registers than build/register-names.txt lists, and the build stops at one more.</summary>
public class RegisterNameTests
{
    private static readonly string s_list = Path.Combine(PlantedProject.Root, "build", "register-names.txt");
    private static readonly string s_kernel = Path.Combine(PlantedProject.Root, "src", "Kernel");

    [Fact]
    public void TheKernelNamesNoMoreRegistersThanListed() =>
        Assert.Equal([], RegisterNames.Compare(s_kernel, File.ReadLines(s_list).Where(line => line.Length > 0 && line[0] != '#')));

    /// <summary>A use in code counts; one in Arch, in a comment or in a text does not; a list that allows more than there are is refused too.</summary>
    [Theory]
    [InlineData("Calls/Planted.cs", "frame->Rax = 0;", "", "Calls/Planted.cs names registers 1 times, not 0")]
    [InlineData("Calls/Planted.cs", "thread->FsBase = frame.R10;", "Calls/Planted.cs 1", "Calls/Planted.cs names registers 2 times, not 1")]
    [InlineData("Calls/Planted.cs", "x = 0;", "Calls/Planted.cs 1", "Calls/Planted.cs names registers 0 times, not 1")]
    [InlineData("Arch/X64/Planted.cs", "frame->Rax = 0;", "", null)]
    [InlineData("Calls/Planted.cs", "// Rax\nText(\"Rax\");\n/// <summary>Rip</summary>", "", null)]
    public void APlantedNameStopsTheBuild(string file, string code, string listed, string? message)
    {
        string folder = Directory.CreateTempSubdirectory("tierce-registers-").FullName;
        string list = Path.Combine(folder, "list.txt");
        string source = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(source)!);
        File.WriteAllText(source, code);
        File.WriteAllText(list, listed + "\n");
        string tool = Path.Combine(PlantedProject.Root, "artifacts", "bin", "ImageTool", "release", "Tierce.ImageTool.dll");
        (int status, string output) = PlantedProject.DotNet(PlantedProject.Root, [tool, "registers", list, folder]);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(message is null ? 0 : 1, status);
        Assert.Contains(message ?? string.Empty, output, StringComparison.Ordinal);
    }
}
