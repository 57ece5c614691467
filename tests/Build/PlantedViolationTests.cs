namespace Tierce.Build.Tests;

/// <summary>The build of a freestanding project stops at what has no place there, and names it; without it, it builds.</summary>
public class PlantedViolationTests
{
    [Fact]
    public void CleanProjectBuilds()
    {
        using var project = new PlantedProject("user");
        (int status, string output) = project.Build();
        Assert.True(status == 0, output);

        // And a second time no program is run: the last step of a build writes down the image's size.
        Assert.Contains("bytes of code", File.ReadAllText(project.SizeFile), StringComparison.Ordinal);
        File.Delete(project.SizeFile);
        (status, output) = project.Build();
        Assert.True(status == 0, output);
        Assert.False(File.Exists(project.SizeFile));
    }

    [Fact]
    public void EachViolationIsNamedWithItsLine()
    {
        (string Statement, string Rule)[] planted =
        [
            ("_ = new Box();", "TIERCE101"),
            ("byte[] bytes = new byte[4]; bytes[0] = 1;", "TIERCE101"),
            ("object boxed = 1; _ = boxed;", "TIERCE101"),
            ("try { Run(); } catch { }", "TIERCE102"),
            ("throw null!;", "TIERCE102"),
            ("if (1 + 1 == 2) return;", "IDE0011"),
            ("_ = new Box().GetHashCode();", "RS0030"),
            ("int unused = 0;", "CS0219"),
            ("s_count++; } private static int s_count; static Work8() { s_count = 1;", "TIERCE103"),
        ];

        using var project = new PlantedProject("user");
        project.Source("Box.cs", "namespace Planted;\n\ninternal sealed class Box\n{\n}");
        for (int i = 0; i < planted.Length; i++)
        {
            project.Source($"Work{i}.cs", PlantedProject.Work(planted[i].Statement).Replace("class Work", $"class Work{i}", StringComparison.Ordinal));
        }

        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.All(planted.Index(), p => Assert.Matches($@"Work{p.Index}\.cs\(10,\d+\): error {p.Item.Rule}", output));
    }

    [Fact]
    public void MissingDocCommentIsNamed()
    {
        using var project = new PlantedProject("user");
        project.Source("Open.cs", "namespace Planted;\n\npublic struct Open\n{\n}");
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches(@"Open\.cs\(3,\d+\): error CS1591", output);
    }

    /// <summary>A pointer that is made of a number; one of a local's address, and a statement in the same file, are not named.</summary>
    [Fact]
    public void PointerWithoutAStatementIsNamed()
    {
        using var project = new PlantedProject("kernel");
        project.Source("Work.cs", PlantedProject.Work("ulong value = 1; *(byte*)&value = 2; *(byte*)value = 3;"));
        project.Source("Stated.cs", PlantedProject.Work("*(byte*)4096UL = 1; // SAFETY: the page is mapped.").Replace("class Work", "class Stated", StringComparison.Ordinal));
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches(@"Work\.cs\(10,\d+\): error TIERCE105: '\(byte\*\)value'", output);
        Assert.DoesNotContain("Stated.cs", output, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesThatFollowNoRuleAreNamed()
    {
        using var project = new PlantedProject("user");
        project.Source("Names.cs", """
            namespace Planted;

            internal struct Names
            {
                private int one;
                private static int Two;
                internal int three;
                private void four()
                {
                    const int five = 5;
                    one = Two = three = five;
                }
            }
            """);
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.All([5, 6, 7, 8, 10], line => Assert.Matches($@"Names\.cs\({line},\d+\): error IDE1006", output));
    }

    [Fact]
    public void AllocationFailsToLinkEvenUnseenByAnalyzers()
    {
        using var project = new PlantedProject("user");
        project.Source("Work.cs", PlantedProject.Work("s_kept = new Box();", "private static Box? s_kept;\n    public static Box? Kept => s_kept;"));
        project.Source("Box.cs", "namespace Planted;\n\ninternal sealed class Box\n{\n}");
        (int status, string output) = project.Build("-p:RunAnalyzers=false");
        Assert.NotEqual(0, status);
        Assert.Contains("RhpNewFast", output, StringComparison.Ordinal);
    }

    [Fact]
    public void ReferenceAcrossLayersIsNamed()
    {
        using var project = new PlantedProject("kernel", $"<ProjectReference Include=\"{PlantedProject.Root}src/Runtime/Runtime.csproj\" />");
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Contains("error TIERCE202: Kernel may not reference Runtime", output, StringComparison.Ordinal);
    }
}
