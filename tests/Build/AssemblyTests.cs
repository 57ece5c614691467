using Tierce.ImageTool;

namespace Tierce.Build.Tests;

/// <summary>How much of kernel and ROM is assembly.</summary>
public class AssemblyTests
{
    /// <summary>Lines of the day: a change that removes some lowers it.</summary>
    private const int Limit = 2060;

    [Fact]
    public void AssemblyDoesNotGrow() => Assert.InRange(LineCount.OfKernelAndRom(PlantedProject.Root), 1, Limit);

    [Fact]
    public void CommentsAndEmptyLinesDoNotCount()
    {
        string folder = Directory.CreateTempSubdirectory("tierce-lines-").FullName;
        File.WriteAllText(Path.Combine(folder, "a.S"), "# comment\n#\n\n#include \"b.inc\"\nlabel:\n    ret     # comment\n");
        File.WriteAllText(Path.Combine(folder, "b.inc"), ".macro nothing\n.endm\n");
        File.WriteAllText(Path.Combine(folder, "c.cs"), "ret\n");
        int lines = LineCount.OfAssembly(folder);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(5, lines);
    }
}
