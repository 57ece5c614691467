namespace Tierce.Boot.Tests;

/// <summary>
/// What a program may change of its processor by itself: segment bases, flags, selectors that it loads or returns to, and what the
/// descriptor-table instructions show. It finds again what it left, others see nothing of it, and each answer is that of the same kernel
/// on the machine itself.
/// </summary>
public sealed class UserStateTests
{
    /// <summary>In the order of the programs' lines; what stands for itself needs no word.</summary>
    private const string Expected = """
        bases lost or seen 0
        after a null selector 1234
        after wrgsbase 1234
        modify_ldt 0
        lar c07300
        signal 7
        trap b
        error 14
        modify_ldt 0
        lar c07300
        signal 7
        trap c
        error 14
        modify_ldt 0
        lar c07b00
        code 17
        signal 7
        trap b
        error 14
        modify_ldt 0
        lar c07300
        code 1f
        signal b
        trap d
        error 1c
        rip 800000000000
        signal b
        trap d
        error 0
        flags after a system call 244400
        flags kept 1
        sgdt fffffffffffe0000
        limit 0
        sidt ffffffffffff0000
        limit 0
        sldt 0
        str 40
        smsw 33
        kexec_load 1
        sh: write error: Operation not permitted
        done

        """;

    private const string Programs = "cd /tierce; for way in b s d k c n r f t x; do timeout 60 ./state $way || echo failed $way; done; echo disk 2>&1 >/sys/power/state; ./compat c A";

    /// <summary>By the trap Linux reads the base of GS by an instruction that faults, by the patches through the ROM.</summary>
    [Theory]
    [InlineData("cloud", "auto")]
    [InlineData("generic", "trap")]
    public void ProgramsFindWhatTheyLeft(string guest, string entry)
    {
        Outcome outcome = Launcher.Execute($"user-state-{guest}", Programs, "--guest", guest, "--entry", entry, "--file", GuestProgram.State, "--file", GuestProgram.Compat)
            .Expect(0).ExpectCleanLog();
        Assert.Equal(Expected, outcome.Text);
    }

    /// <summary>The kernel forgets to bring the base of guest user when it brings a guest's process: programs find those of others.</summary>
    [Fact]
    public void BasesThatAreNotReadAreNoticed()
    {
        string images = SabotagedKernel.Build("bases", ("Arch/X64/entry.S", "    rdgsbase %rax\n    swapgs\n    jmp hypercall_return", "    xorl %eax, %eax\n    swapgs\n    jmp hypercall_return"));
        Outcome outcome = Launcher.Execute("sabotage-bases", "/tierce/state b", "--file", GuestProgram.State, "--images", images).Expect(0);
        Assert.DoesNotContain("seen 0\n", outcome.Text, StringComparison.Ordinal);
    }

    /// <summary>Without UMIP guest user sees where the tables of Tierce's kernel lie.</summary>
    [Fact]
    public void TablesThatAreShownAreNoticed()
    {
        string images = SabotagedKernel.Build("tables", ("Arch/X64/Processor.cs", "(umip ? Umip : 0)", "0"));
        Outcome outcome = Launcher.Execute("sabotage-tables", "/tierce/state t", "--file", GuestProgram.State, "--images", images).Expect(0);
        Assert.Contains("sgdt ffff87ff", outcome.Text, StringComparison.Ordinal);
    }
}
