namespace Tierce.Build.Tests;

/// <summary>Assembly takes offsets in structs from the structs; one that is typed by hand stops the build.</summary>
public class OffsetRuleTests
{
    [Theory]
    [InlineData("", "movq 24(%rdi), %rax", "3): error TIERCE004: 24(%rdi): the offset is typed by hand")]
    [InlineData("", "movq planted_state + 24(%rip), %rax", "3): error TIERCE004: planted_state + 24(%rip): the offset is typed by hand")]
    [InlineData(".set FIELD, 3 << 3", "movq FIELD(%rdi), %rax", "3): error TIERCE004: FIELD: a number typed by hand is used as an offset")]
    [InlineData("#define FIELD 24", "movq FIELD + 8 * 1(%rdi), %rax", "3): error TIERCE004: FIELD: a number typed by hand is used as an offset")]
    public void AnOffsetTypedByHandStopsTheBuild(string definition, string instruction, string message)
    {
        using var project = new PlantedProject("user");
        project.Source("field.S", Function(definition, instruction));
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Contains("field.S(" + message, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".set FIELD, 24", "movq FIELD(%rsp), %rax")]
    [InlineData(".set MASK, 24", "movq $MASK, (%rdi)")]
    [InlineData("", "movq 8 * 3(%rdi), %rax")]
    [InlineData("", "leaq -1(%rdi), %rax")]
    public void ElementsOfArraysAndWhatLiesOnTheStackDoNot(string definition, string instruction)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, Function(definition, instruction));
        IReadOnlyList<string> errors = ImageTool.OffsetRule.Check([file]);
        File.Delete(file);
        Assert.Equal([], errors);
    }

    private static string Function(string definition, string instruction) =>
        $"{definition}\n        .text\nplanted_field: {instruction}\n        ret\n        .data\nplanted_state: .zero 32\n";
}
