using Tierce.Abi;

namespace Tierce.Boot.Tests;

/// <summary>
/// Guest user cannot touch guest-kernel memory; a guest cannot touch the kernel's memory or any that it was not given. Each attempt is made
/// from inside a guest. Its sabotaged twin makes the same attempt on a kernel with that defence taken out, where it must succeed.
/// </summary>
public sealed class IsolationTests
{
    /// <summary>Killed by SIGSEGV, as a shell tells it.</summary>
    private const int Killed = 139;

    /// <summary>The probe's status for a read that the guest kernel itself was refused.</summary>
    private const int Refused = 3;

    /// <summary>
    /// A frame after the guest's last: its 512 MiB of memory end at 0x20000000, and the frames that its monitor adds soon after.
    /// </summary>
    private const string ForeignFrame = "24000000";

    private const string GuestKernelAddress = "$(awk '$3 == \"init_task\" { print $1 }' /proc/kallsyms)";

    private static readonly string s_kernelText = Hex(HoleLayout.KernelImage + 0x20_0000);

    private static readonly ulong[] s_guestKernelAddresses =
    [
        0xffff_8880_0000_0000, // Linux's map of all its memory
        HoleLayout.MachineToPhysical,
        HoleLayout.RomText,
        HoleLayout.RomData,
        HoleLayout.VCpuPage,
        HoleLayout.NotePage,
        HoleLayout.RomInfoPage,
        HoleLayout.Window,
    ];

    private static readonly ulong[] s_kernelAddresses =
    [
        HoleLayout.DirectMap,
        HoleLayout.DirectMap + 0x40_0000,
        HoleLayout.DirectMap + 0x2000_0000,
        HoleLayout.KernelDevices,
        HoleLayout.KernelImage,
        HoleLayout.KernelImage + 0x20_0000,
    ];

    [Fact]
    public void GuestUserReachesNeitherGuestKernelNorTierce()
    {
        List<(string Attempt, int Status)> attempts = [("read own", 0), ("write own", 0), ($"read {GuestKernelAddress}", Killed), ($"write {GuestKernelAddress}", Killed)];
        foreach (ulong address in s_guestKernelAddresses.Concat(s_kernelAddresses))
        {
            attempts.Add(($"read {Hex(address)}", Killed));
            attempts.Add(($"write {Hex(address)}", Killed));
        }

        Check("isolation-user", attempts);
    }

    [Fact]
    public void GuestKernelDoesNotReachTierce()
    {
        // What is the guest kernel's own is the control: this probe can read.
        List<(string Attempt, int Status)> attempts = [($"kernel {GuestKernelAddress}", 0)];
        attempts.AddRange(s_guestKernelAddresses.Select(address => ($"kernel {Hex(address)}", 0)));
        attempts.AddRange(s_kernelAddresses.Select(address => ($"kernel {Hex(address)}", Refused)));
        Check("isolation-kernel", attempts);
    }

    [Fact]
    public void GuestDoesNotReachFramesItWasNotGiven() =>
        Check("isolation-frames", [("physical 0", 0), ($"physical {ForeignFrame}", Killed), ("physical 30000000", Killed), ("physical 40000000", Killed), ("physical fee00000", Killed)]);

    [Fact]
    public void SabotagedRingsAreCaught() => Check(
        "sabotage-rings",
        [("read own", 0), ($"read {GuestKernelAddress}", 0)],
        SabotagedKernel.Build(
            "rings",
            ("Translation/Cache/CacheFill.cs", "user ? roots->UserRootFrame : roots->KernelRootFrame, address,", "roots->KernelRootFrame, address,"),
            ("Translation/Cache/CacheFill.cs", "bool denied = (user && (walk.All & PageEntry.User) == 0 && !cache.Options.IsOpenToUser)\n            || (", "bool denied = ("),
            ("Translation/Cache/LeafForm.cs", "=> (ulong)(role & TableRole.MostNeeded);", "=> (ulong)(role & TableRole.Kernel);")));

    [Fact]
    public void SabotagedKernelMappingIsCaught() => Check(
        "sabotage-mapping",
        [($"read {s_kernelText}", 0), ($"kernel {s_kernelText}", 0)],
        SabotagedKernel.Build(
            "mapping",
            ("Arch/X64/boot.S", "entry kernel_root, (HOLE_END_SLOT-1), boot_pdpt_high", "entry kernel_root, (HOLE_END_SLOT-1), boot_pdpt_high + PAGE_USER"),
            ("Arch/X64/KernelPaging.cs", "PageEntry.Present | PageEntry.Global | rights", "PageEntry.Present | PageEntry.User | PageEntry.Global | rights"),
            ("Arch/X64/KernelPaging.cs", "directory[1] = Machine.ToPhysical(table) |", "directory[1] = Machine.ToPhysical(table) | PageEntry.User |"),
            ("Arch/X64/KernelPaging.cs", "pointers[510] = Machine.ToPhysical(directory) |", "pointers[510] = Machine.ToPhysical(directory) | PageEntry.User |")));

    [Fact]
    public void SabotagedOwnershipIsCaught() => Check(
        "sabotage-ownership",
        [("physical 0", 0), ($"physical {ForeignFrame}", 0)],
        SabotagedKernel.Build(
            "ownership",
            ("Translation/Cache/CacheFill.cs", "ulong limit = cache.Guest.Frames << 12;", "ulong limit = (cache.Guest.Frames + 0x10000) << 12;")));

    private static void Check(string name, IReadOnlyCollection<(string Attempt, int Status)> attempts, string? images = null)
    {
        string script = string.Join('\n', attempts.Select(attempt => $"timeout 20 /tierce/probe {attempt.Attempt} >/dev/null 2>&1; echo $?"));
        string[] kernel = images is null ? [] : ["--images", images];
        Outcome outcome = Launcher.Execute(name, script, ["--file", Launcher.Probe, .. kernel]).Expect(0).ExpectCleanLog();
        IEnumerable<string> expected = attempts.Select(attempt => $"{attempt.Attempt} -> {attempt.Status}");
        IEnumerable<string> actual = attempts.Zip(outcome.Text.TrimEnd().Split('\n'), (attempt, status) => $"{attempt.Attempt} -> {status}");
        Assert.Equal(string.Join('\n', expected), string.Join('\n', actual));
    }

    private static string Hex(ulong address) => address.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}
