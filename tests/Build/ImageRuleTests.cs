namespace Tierce.Build.Tests;

/// <summary>Instructions that an image may not hold stop the build, and the message names function and instruction.</summary>
public class ImageRuleTests
{
    private const string Copy = "Big* memory = (Big*)0x1000; memory[0] = memory[1];";
    private const string Types = "// SAFETY: nobody runs it.\n    private struct Big\n    {\n        public ulong A, B, C, D;\n    }";

    [Fact]
    public void RomMayNotTouchSimdRegisters()
    {
        using var project = new PlantedProject("rom");
        project.Source("Work.cs", PlantedProject.Work(Copy, Types));
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches(@"error TIERCE002: .*Work\.Run\+0x[0-9a-f]+: movups", output);
    }

    [Fact]
    public void KernelMayUseTheTwoThatItsEntrySaves()
    {
        using var project = new PlantedProject("kernel");
        project.Source("Work.cs", PlantedProject.Work(Copy, Types));
        (int status, string output) = project.Build();
        Assert.True(status == 0, output);
    }

    [Fact]
    public void KernelMayNotUseFloatingPoint()
    {
        using var project = new PlantedProject("kernel");
        project.Source("Work.cs", PlantedProject.Work("double half = 0.5; _ = half;"));
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches(@"Work\.cs\(10,\d+\): error TIERCE104", output);
    }

    [Fact]
    public void KernelMayLoadRootsOnlyWhereListed()
    {
        using var project = new PlantedProject("kernel");
        project.Source("load.S", "        .globl sneak\n        .type sneak, @function\nsneak:  movq %rdi, %cr3\n        ret\n        .section .note.GNU-stack, \"\", @progbits");
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches(@"error TIERCE002: sneak\+0x0: mov cr3,rdi: loads CR3", output);
    }
}
