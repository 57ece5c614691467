namespace Tierce.Boot.Tests;

/// <summary>A guest program's vector and x87 registers survive system calls, preemption and everything the hypervisor does meanwhile.</summary>
public sealed class RegisterTests
{
    [Fact]
    public void RegistersSurvive()
    {
        // Four at once, each with values of its own, so that what one leaves would show in another; and a writer that keeps the kernel copying.
        const string Command = """
            (while :; do dd if=/dev/zero of=/tmp/x bs=64k count=16 2>/dev/null; done) & writer=$!
            for seed in 1 2 3; do /tierce/probe registers $seed 3000 || echo "lost $seed" & eval p$seed=$!; done
            /tierce/probe registers 4 3000 || echo lost 4
            wait $p1 $p2 $p3; kill $writer
            """;
        Outcome outcome = Launcher.Execute("registers", Command, "--file", Launcher.Probe).Expect(0).ExpectCleanLog();
        Assert.Equal("done\ndone\ndone\ndone\n", outcome.Text);
    }

    [Fact]
    public void LostRegisterIsNoticed() => Launcher.Execute("registers-sabotaged", "/tierce/probe registers 1 100 sabotage", "--file", Launcher.Probe).Expect(4);
}
