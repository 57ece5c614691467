using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.HostTool.Tests;

/// <summary>Logs are understood: a detector that never fired would prove nothing.</summary>
public sealed class LogTests
{
    [Theory]
    [InlineData("[    1.0] WARNING: CPU: 0 PID: 1 at arch/x86/xen/multicalls.c:102 xen_mc_flush+0x1c0/0x200")]
    [InlineData("[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000008")]
    [InlineData("[    1.0] Oops: 0002 [#1] PREEMPT SMP NOPTI")]
    [InlineData("[    1.0] kernel BUG at mm/slub.c:305!")]
    [InlineData("[    1.0] rcu: INFO: rcu_preempt self-detected stall on CPU")]
    [InlineData("[    1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!")]
    [InlineData("[    1.0] Kernel panic - not syncing: Attempted to kill init!")]
    public void ComplaintsAreFound(string line) => Assert.Equal([line], GuestLog.Complaints($"[    0.5] fine\n{line}\r\n[    2.0] fine\n"));

    [Theory]
    [InlineData("[    1.0] traps: probe[100] general protection fault ip:401000 sp:7ffc error:0 in probe")]
    [InlineData("[    1.0] probe[100]: segfault at ffff888000000000 ip 0000000000401000 sp 00007ffc error 5 in probe")]
    [InlineData("[    1.0] Debug warning: none")]
    public void AProgramsOwnFaultIsNoComplaint(string line) => Assert.Empty(GuestLog.Complaints(line));

    [Fact]
    public void PanicReasonIsFound() =>
        Assert.Equal("sysrq triggered crash", GuestLog.PanicReason("x\r\n[    3.2] Kernel panic - not syncing: sysrq triggered crash\r\n[    3.3] CPU: 0"));

    [Theory]
    [InlineData("patch-more", "guest a enters the ROM by patch-more, the fastest way")]
    [InlineData("patch-more without xen_set_pmd xen_set_pud", "guest a enters the ROM by patch-more without xen_set_pmd xen_set_pud: the README's figures for forking and starting a program do not hold")]
    [InlineData("patch", "guest a enters the ROM by patch: the README's figures for forking and starting a program do not hold, the one for a system call does")]
    [InlineData("trap", "guest a enters the ROM by trap: none of the README's figures holds")]
    [InlineData("page", "guest a enters the ROM by page, the fastest way for a kernel that asks for a hypercall page")]
    public void WayIntoTheRomIsJudged(string way, string line) =>
        Assert.Equal(line, EntryReport.Line($"tierce: guest b enters the ROM by trap\r\ntierce: guest a enters the ROM by {way}\r\ntierce: guest ab enters the ROM by trap\r\n", "a"));

    [Fact]
    public void GuestWithoutAWayIsNotJudged() => Assert.Null(EntryReport.Line("tierce: guest a is native\r\ntierce: guest b enters the ROM by trap\r\n", "a"));

    [Fact]
    public void TierceLogIsRead()
    {
        TierceLog log = new("tierce: kernel entry tsc=1000\ntierce: guest guest entry tsc=2500\ntierce: guest guest ended: poweroff\n");
        Assert.Equal(1000u, log.EntryClock);
        Assert.Equal(2500u, log.GuestEntryClock);
        Assert.Equal("poweroff", log.GuestEnd);
        Assert.Null(log.KernelPanic);
        Assert.False(log.IsHalted);
    }

    [Theory]
    [InlineData("tierce: guest guest ended: reboot (restart)\n", null)]
    [InlineData("tierce: guest guest ended: reboot (restart)\r\ntierce: guest guest is started again\r\ntierce: guest guest ended: poweroff\r\n", "poweroff")]
    public void AGuestThatIsStartedAgainHasNotEnded(string text, string? end) => Assert.Equal(end, new TierceLog(text.Replace("\r", string.Empty, StringComparison.Ordinal)).GuestEnd);

    [Theory]
    [InlineData("\ntierce: kernel panic: failed check\n  at 0x1 A.B+0x1\ntierce: hal", false)]
    [InlineData("\ntierce: kernel panic: failed check\n  at 0x1 A.B+0x1\ntierce: halted\n", true)]
    public void AKernelThatPanickedIsHaltedWhenItsReportIsWhole(string text, bool halted) => Assert.Equal(halted, new TierceLog(text).IsHalted);

    [Fact]
    public void HypercallsAreAddedUpOverGuestsAndLines()
    {
        TierceLog log = new("rom: calls 1=10/0 26=7/5\nconsole: rom: calls 1=1/1\nrom: calls 29=3/2\r\nrom: calls 26=1/1\nrom: calls 26=\n");
        Assert.Equal([(1, (10UL, 0UL)), (26, (8UL, 6UL)), (29, (3UL, 2UL))], log.Hypercalls.OrderBy(call => call.Key).Select(call => (call.Key, call.Value)));
    }
}
