using System.Globalization;
using System.Text.RegularExpressions;
using Tierce.Tool.Guest;

namespace Tierce.Boot.Tests;

/// <summary>Whether a guest, a domain or the kernel crashes, the log shows where, by name, with the callers.</summary>
public sealed partial class CrashTests
{
    [Fact]
    public void FaultOfAnApplicationIsToldWithItsCallers()
    {
        Outcome outcome = Launcher.Run("fault-app", [], "--app", "Faulty").Expect(125);
        string log = Log(outcome);
        Assert.Matches(@"tierce: thread fault: vector 14 error 0x0*6 address 0x0*12345678\n", log);
        Assert.Matches(@"domain Faulty died\ntierce:  at 0x\w+ [\w.]+\.Inner\+0x\w+\ntierce:  at 0x\w+ [\w.]+\.Middle\+0x\w+\ntierce:  at 0x\w+ [\w.]+\.Outer\+0x\w+\n", log);
        Assert.Contains("Program.Inner", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void PanicOfTheKernelIsToldWithItsCallers()
    {
        Outcome outcome = Launcher.Execute("kernel-panic", "true", "--kernel-cmdline", "test-panic").Expect(125);
        Assert.Contains("kernel panic: asked for on the command line detail 0x000000000000002a", outcome.Error, StringComparison.Ordinal);

        // The report is whole, and there is nothing to wait for.
        Assert.DoesNotContain("did not stop by itself", outcome.Error, StringComparison.Ordinal);
        Assert.Matches(@"at 0x\w+ Boot_KernelMain\.Main\+0x\w+\n  at 0x\w+ boot_high\+0x\w+\n", Log(outcome));
    }

    /// <summary>
    /// A guest kernel whose handler of one key jumps into the ROM's own failure: the ROM stops it, and the log shows its callers.
    /// </summary>
    [Fact]
    public void CrashOfAGuestIsToldWithItsCallers()
    {
        const string Victim = "sysrq_handle_crash";
        Outcome found = Launcher.Execute("crash-find", $"awk '$3 == \"{Victim}\" {{ print $1 }}' /proc/kallsyms", "--memory", "192M").Expect(0);
        ulong address = ulong.Parse(found.Text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        string map = File.ReadAllText(Path.Combine(Launcher.Root, "artifacts", "images", "rom.map"));
        ulong target = ulong.Parse(RomFailure().Match(map).Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        // mov rax, target; jmp rax
        byte[] kernel = File.ReadAllBytes(KernelCache.Unpacked(KernelSource.Resolve("cloud")).Path);
        byte[] jump = [0x48, 0xb8, .. BitConverter.GetBytes(target), 0xff, 0xe0];
        jump.CopyTo(kernel, FileOffset(kernel, address));
        string path = Path.Combine(Launcher.Root, "artifacts", "logs", "crashing-kernel");
        File.WriteAllBytes(path, kernel);
        Outcome outcome = Launcher.Execute("crash-guest", "echo c >/proc/sysrq-trigger; sleep 60", "--guest", path, "--memory", "192M").Expect(125);
        string log = Log(outcome);
        Assert.Contains("guest guest stopped: fault in the ROM", log, StringComparison.Ordinal);
        Assert.Matches(@"tierce:  at 0xffff8080\w+ \w+\+0x\w+\n", log);
        string[] callers = [.. Caller().Matches(log[log.IndexOf("guest guest stopped", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value)];
        Assert.Superset(new HashSet<string>(["__handle_sysrq", "write_sysrq_trigger", "vfs_write", "ksys_write", "do_syscall_64"]), callers.ToHashSet());
    }

    private static string Log(Outcome outcome) => File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));

    private static int FileOffset(byte[] elf, ulong address)
    {
        const int SegmentHeader = 56;
        int table = (int)BitConverter.ToUInt64(elf, 32);
        for (int i = 0; i < BitConverter.ToUInt16(elf, 56); i++)
        {
            int header = table + (i * SegmentHeader);
            ulong start = BitConverter.ToUInt64(elf, header + 16);
            if (address >= start && address - start < BitConverter.ToUInt64(elf, header + 32))
            {
                return (int)(BitConverter.ToUInt64(elf, header + 8) + address - start);
            }
        }

        throw new InvalidOperationException("no segment holds the address");
    }

    [GeneratedRegex(@"0x(ffff8080\w+)\s+tierce_fail\n")]
    private static partial Regex RomFailure();

    [GeneratedRegex(@"tierce:  at 0xffffffff\w+ (\w+)[\w.]*\+0x")]
    private static partial Regex Caller();
}
