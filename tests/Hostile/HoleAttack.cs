using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Reads and writes in the hole, by guest kernel and guest user: only what is the guest's own may answer.</summary>
internal static unsafe class HoleAttack
{
    private const ulong Page = 4096, Large = 0x20_0000, Huge = 0x4000_0000;

    /// <summary>Lives among which the hole is divided.</summary>
    public const ulong Parts = 8;

    /// <summary>One part of: every GiB; every large page of the first GiB of the kernel's map; every page where something is mapped.</summary>
    /// <returns>False if something answered that must not; it is in the log.</returns>
    public static bool Run(ulong part)
    {
        bool good = Control()
            && Range(HoleLayout.Start, HoleLayout.End, Huge, part)
            && Range(HoleLayout.DirectMap, HoleLayout.DirectMap + Huge, Large, part)
            && Range(HoleLayout.DirectMap, HoleLayout.DirectMap + (2 * Large), Page, part)
            && Range(HoleLayout.KernelDevices, HoleLayout.KernelDevices + (16 * Page), Page, part)
            && Range(HoleLayout.KernelImage, HoleLayout.KernelImage + (8 * Large), Page, part)
            && Range(HoleLayout.MachineToPhysical, HoleLayout.MachineToPhysical + (32 * Page), Page, part)
            && Range(HoleLayout.RomText, HoleLayout.RomText + (64 * Page), Page, part)
            && Range(HoleLayout.RomData, HoleLayout.RomData + (32 * Page), Page, part)
            && Range(HoleLayout.VCpuPage, HoleLayout.VCpuPage + (8 * Page), Page, part)
            && Range(HoleLayout.Window + ((Machine.Info->AllFrames - 8) * Page), HoleLayout.Window + ((Machine.Info->AllFrames + 1024) * Page), Page, part);
        Chronicle.Save();
        return good;
    }

    /// <summary>What is this guest's own does answer: the attempts work.</summary>
    private static bool Control() => Attempt.User(User.Data, write: false) == Attempt.SystemCall
        && Attempt.User(User.Data, write: true) == Attempt.SystemCall
        && Attempt.Kernel(HoleLayout.VCpuPage, write: true) == Attempt.Done
        && Attempt.Kernel(HoleLayout.RomText, write: false) == Attempt.Done;

    private static bool Range(ulong first, ulong end, ulong step, ulong part)
    {
        for (ulong address = first + (part % Parts * step); address < end && address >= first; address += Parts * step)
        {
            ulong inside = address + 8;
            if (!One(inside, user: true, write: false) || !One(inside, user: true, write: true)
                || !One(inside, user: false, write: false) || !One(inside, user: false, write: true))
            {
                return false;
            }

            if ((address / step % 64) == 0)
            {
                Xen.TakeProbe();
            }
        }

        return true;
    }

    private static bool One(ulong address, bool user, bool write)
    {
        int outcome = user ? Attempt.User(address, write) : Attempt.Kernel(address, write);
        Chronicle.Attempts++;
        bool answered = outcome is Attempt.SystemCall or Attempt.Done;
        if (!answered || (!user && IsOwn(address, write)))
        {
            return true;
        }

        Line.Begin("BREACH: guest "u8);
        Line.Text(user ? "user "u8 : "kernel "u8);
        Line.Text(write ? "writes "u8 : "reads "u8);
        Line.Hex(address);
        Line.End();
        return false;
    }

    /// <summary>What guest kernel may reach: the map in docs/architecture.md.</summary>
    private static bool IsOwn(ulong address, bool write)
    {
        RomHeader* rom = Machine.Rom;
        bool writable = (address >= HoleLayout.RomData && address < rom->DataEnd)
            || (address >= HoleLayout.VCpuPage && address < HoleLayout.RomInfoPage)
            || (address >= HoleLayout.Window && address < HoleLayout.Window + (Machine.Info->AllFrames * Page));
        bool readable = (address >= HoleLayout.MachineToPhysical && address < HoleLayout.MachineToPhysical + (Machine.Info->AllFrames * 8) + Page)
            || (address >= HoleLayout.RomText && address < rom->ReadOnlyEnd)
            || (address >= HoleLayout.RomInfoPage && address < HoleLayout.RomInfoPage + Page);
        return writable || (readable && !write);
    }
}
