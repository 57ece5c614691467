namespace Tierce.Build.Tests;

/// <summary>All sources are laid out as dotnet-format lays them out.</summary>
public class FormatTests
{
    [Fact]
    public void SourcesAreFormatted()
    {
        (int status, string output) = PlantedProject.CheckFormat(PlantedProject.Root);
        Assert.True(status == 0, output);
    }

    [Fact]
    public void MisplacedTextIsFound()
    {
        using var project = new PlantedProject("kernel");
        project.Source("Work.cs", PlantedProject.Work("int  one=1 ;"));
        (int status, string output) = project.CheckFormat();
        Assert.NotEqual(0, status);
        Assert.Contains("Work.cs(10,", output, StringComparison.Ordinal);
    }
}
