using System.Runtime;
using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.BlockBack;

/// <summary>
/// The block back end of one guest: speaks Xen's block interface with the guest's front end and hands its requests to the drivers of its
/// disks. It holds what the guest grants and the buffers of this guest, and nothing of others.
/// </summary>
public static unsafe class Program
{
    private const ulong ControlAddress = 0x0000_0012_0000_0000;

    // Static: a function's own variables may not be larger than a page.
    private static Devices s_devices;
    private static CopyList s_copies;
    private static int s_count;

    /// <summary>The monitor's last wish for each device that this life has fulfilled.</summary>
    private static Wishes s_fulfilled;

    [System.Runtime.CompilerServices.InlineArray(DeviceControl.MostDevices)]
    private struct Wishes
    {
        private uint _first;
    }

    [System.Runtime.CompilerServices.InlineArray(DeviceControl.MostDevices)]
    private struct Devices
    {
        private BlockDevice _first;
    }

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        // SAFETY: root maps the page before the first instruction, for the domain's life.
        var startup = new Startup(page);
        Failure.Initialise(startup.Slot(StartupPurpose.Log), startup.Name);
        var slots = new SlotAllocator(startup.FirstFreeSlot);
        Failure.Check(
            new Memory(startup.Slot(StartupPurpose.DeviceControl)).Map(Domain.Own, ControlAddress, 0, DeviceControl.Pages, CapRights.Read | CapRights.Write, slots.Take()),
            "mapping the control page"u8);
        while (s_count < DeviceControl.MostDevices && startup.TryGet(StartupPurpose.BlockChannel, s_count, out _, out _))
        {
            s_devices[s_count].Open(startup, s_count, ref slots);
            s_count++;
        }

        s_copies = new CopyList(startup, s_count, ref slots);
        Serve(new Notification(startup.Slot(StartupPurpose.Events)), new Notification(startup.Slot(StartupPurpose.BackEnd)));
        return 0;
    }

    private static void Serve(Notification events, Notification monitor)
    {
        while (true)
        {
            bool changed = false;
            bool any;
            do
            {
                any = false;
                for (int i = 0; i < s_count; i++)
                {
                    s_devices[i].StopWaiting();
                    any |= s_devices[i].Pump(ref s_copies);
                    bool controlled = Control(i);
                    any |= controlled;
                    changed |= controlled;
                }
            }
            while (any);

            if (changed)
            {
                monitor.Signal(1);
            }

            Wait(events);
        }
    }

    /// <summary>Finishes the round of every device, signals who needs it, and waits: the last signal in the same call.</summary>
    private static void Wait(Notification events)
    {
        bool more = false;
        int last = -1;
        bool lastIsGuest = false;
        for (int i = 0; i < s_count; i++)
        {
            more |= s_devices[i].Finish(ref s_copies, out bool guest, out bool driver);
            if (guest)
            {
                Signal(last, lastIsGuest);
                last = i;
                lastIsGuest = true;
            }

            if (driver)
            {
                Signal(last, lastIsGuest);
                last = i;
                lastIsGuest = false;
            }
        }

        if (more)
        {
            Signal(last, lastIsGuest);
        }
        else
        {
            ulong bits = last < 0 ? events.Wait() : lastIsGuest ? s_devices[last].SignalGuestAndWait(events) : s_devices[last].Driver.SignalAndWait(events);
            for (int i = 0; i < s_count; i++)
            {
                if ((bits >> (BackEndEvent.Doorbell + i) & 1) != 0)
                {
                    s_devices[i].Look();
                }
            }
        }
    }

    private static void Signal(int device, bool isGuest)
    {
        if (device >= 0 && isGuest)
        {
            s_devices[device].SignalGuest();
        }
        else if (device >= 0)
        {
            s_devices[device].Driver.Signal();
        }
    }

    /// <summary>Does what the monitor wishes of a device, and shows its state. Returns whether the state has changed.</summary>
    private static bool Control(int index)
    {
        DeviceControlLine* line = (DeviceControlLine*)ControlAddress + index;
        ref BlockDevice device = ref s_devices[index];
        uint wish = Volatile.Read(ref line->Wish);
        bool isNew = wish != s_fulfilled[index];
        if (isNew)
        {
            device.Disconnect();
            if (!device.IsKnown || !device.IsIdle)
            {
                return false;
            }

            if (Volatile.Read(ref line->Connect) != 0)
            {
                device.Connect(ref s_copies, Volatile.Read(ref line->RingReference), wish);
            }

            s_fulfilled[index] = wish;
        }

        BackEndState state = !device.IsKnown ? BackEndState.Starting
            : device.IsConnected ? BackEndState.Connected
            : device.IsBroken ? BackEndState.Broken
            : wish == 0 ? BackEndState.Ready : BackEndState.Closed;
        if (!isNew && line->State == state)
        {
            return false;
        }

        line->Sectors = device.Driver.Sectors;
        line->BlockSize = device.Driver.BlockSize;
        line->Features = device.Driver.Features;
        line->State = state;
        Volatile.Write(ref line->Fulfilled, wish);
        return true;
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
