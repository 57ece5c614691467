using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>Creates the kernel's side of a guest: its address spaces, the ROM's mappings in the hole, its virtual CPU.</summary>
public static class GuestMachine
{
    /// <summary>Priority of a virtual CPU: below every monitor and driver.</summary>
    private const uint VCpuPriority = 8;

    /// <summary>Writes the page with the information for the ROM.</summary>
    public static void WriteRomInfo(Span<byte> page, in GuestLayout layout, in ClockScale scale, ulong tscHertz, ulong tscAtZero, ulong wallNanoseconds)
    {
        page.Clear();
        ref RomInfo info = ref MemoryMarshal.AsRef<RomInfo>(page);
        info.RamFrames = layout.RamFrames;
        info.AllFrames = layout.AllFrames;
        info.SharedInfoFrame = layout.SharedInfo;
        info.GrantFrame = layout.GrantFrame;
        info.GrantFrames = GuestLayout.GrantFrameCount;
        info.TableBitmapFrame = layout.TableBitmap;
        info.InitialRootFrame = layout.RootFrame;
        info.StorePort = StartInfoPage.StorePort;
        info.ConsolePort = StartInfoPage.ConsolePort;
        info.TscHertz = tscHertz;
        info.TscAtZero = tscAtZero;
        info.TscToSystemMul = scale.Multiplier;
        info.TscShift = scale.Shift;
        info.WallClockAtZero = wallNanoseconds;
        info.ConsoleNotifyBit = MonitorEvent.GuestConsole;
        info.StoreNotifyBit = MonitorEvent.GuestStore;
        info.StartInfoFrame = layout.StartInfo;
        info.InputFrame = layout.Input;
        info.ConsoleFrame = layout.ConsoleRing;
        info.MachineToPhysicalFrame = layout.MachineToPhysical;
    }

    /// <summary>Creates guest and virtual CPU. The virtual CPU stays stopped.</summary>
    public static Status Create(in GuestLayout layout, Memory memory, Memory cache, ulong cacheSettings, Notification events, uint guestSlot, uint cpuSlot)
    {
        Status status = Guest.Create(memory, cache, guestSlot, layout.TableBitmap, layout.NotePage, cacheSettings);
        var guest = new Guest(guestSlot);
        if (status == Status.Ok)
        {
            status = MapHole(guest, layout);
        }

        return status != Status.Ok
            ? status
            : VCpu.Create(guest, cpuSlot, layout.VCpuPage, VCpuPriority, events, (uint)MonitorEvent.CpuStopped, (uint)(MonitorEvent.GuestConsole | MonitorEvent.GuestStore), layout.RomText);
    }

    private static Status MapHole(Guest guest, in GuestLayout layout)
    {
        const CapRights Read = CapRights.Read;
        const CapRights ReadWrite = CapRights.Read | CapRights.Write;
        Status status = guest.Map(HoleLayout.MachineToPhysical, layout.MachineToPhysical, layout.MachineToPhysicalFrames, Read);
        status = status != Status.Ok ? status : guest.Map(HoleLayout.RomText, layout.RomText, layout.RomTextFrames, Read | CapRights.Execute);
        status = status != Status.Ok ? status : guest.Map(HoleLayout.RomData, layout.RomData, layout.RomDataFrames, ReadWrite);
        status = status != Status.Ok ? status : guest.Map(HoleLayout.VCpuPage, layout.VCpuPage, 1, ReadWrite);
        status = status != Status.Ok ? status : guest.Map(HoleLayout.NotePage, layout.NotePage, 1, ReadWrite);
        status = status != Status.Ok ? status : guest.Map(HoleLayout.RomInfoPage, layout.RomInfo, 1, Read);
        return status != Status.Ok ? status : guest.Map(HoleLayout.Window, 0, layout.AllFrames, ReadWrite);
    }
}
