using System.Runtime;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.CallBench;

/// <summary>
/// What kernel calls cost: makes each so often, several times over, and prints a line for each,
/// <c>row NAME TIMES ENTRIES TICKS TICKS TICKS</c>. ENTRIES are those that the kernel counted while TIMES calls were made.
/// </summary>
public static unsafe class Program
{
    private const ulong Times = 64;
    private const int Rounds = 3;

    /// <summary>Below the thread that waits, so that waking it means switching to it.</summary>
    private const uint SignallerPriority = OtherDomain.Priority - 1;

    private const ulong SignallerStack = 0x0000_0051_0000_0000;
    private const ulong PageOfStack = 64;
    private const ulong Done = 2;

    private static uint s_log;
    private static uint s_events;
    private static uint s_notification;

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        var application = new Application(page);
        s_log = application.Startup.Slot(StartupPurpose.Log);
        s_events = application.Startup.Slot(StartupPurpose.Events);
        var slots = new SlotAllocator(application.Startup.FirstFreeSlot);
        OtherDomain other = OtherDomain.Build(application, ref slots);
        CallLoop loop = default;
        loop.Times = Times;
        Measure("null"u8, ref loop, KernelCall.Null, default);
        loop.Rdi = other.Endpoint.Slot;
        Measure("ipc"u8, ref loop, KernelCall.IpcCall, default);
        MeasureNotification(application, other, ref slots);

        var page0 = new Capability(other.Page.Slot);
        loop.Rdi = page0.Slot;
        loop.Rsi = other.Domain.Slot;
        loop.Rdx = OtherDomain.FreeSlot;
        loop.R10 = (ulong)CapRights.Read;
        loop.StepRdx = 1;
        Measure("delegate"u8, ref loop, KernelCall.CapDelegate, page0);
        loop.Rdx = OtherDomain.FreeAddress;
        loop.R10 = 1UL << 32;
        loop.R8 = (ulong)CapRights.Read;
        loop.R9 = slots.Next;
        loop.StepRdx = 4096;
        loop.StepR9 = 1;
        Measure("map"u8, ref loop, KernelCall.MemoryMap, page0);
        return application.End(0);
    }

    /// <summary>A thread of its own, since the application's first has the priority of the one that waits.</summary>
    [RuntimeExport("tierce_thread")]
    private static void SignallerMain(ulong argument)
    {
        CallLoop loop = default;
        loop.Times = Times;
        loop.Rdi = s_notification;
        loop.Rsi = 1;
        Measure("notification"u8, ref loop, KernelCall.NotificationSignal, default);
        new Notification(s_events).Signal(Done);
    }

    private static void MeasureNotification(in Application application, in OtherDomain other, ref SlotAllocator slots)
    {
        s_notification = other.Notification.Slot;
        var memory = new Memory(application.Startup.Slot(StartupPurpose.Memory));
        Failure.Check(memory.Map(Domain.Own, SignallerStack, PageOfStack, 1, CapRights.Read | CapRights.Write, slots.Take()), "mapping a stack"u8);
        var thread = new Thread(slots.Take());
        Failure.Check(Thread.Create(Domain.Own, thread.Slot, Machine.ThreadEntry(), SignallerStack + 4096, SignallerPriority, 0, 0), "creating a thread"u8);
        Failure.Check(thread.Start(), "starting a thread"u8);
        while ((new Notification(s_events).Wait() & Done) == 0)
        {
        }
    }

    /// <summary>One line. What the calls derived from <paramref name="source"/>, if there is one, is revoked after each round.</summary>
    private static void Measure(ReadOnlySpan<byte> name, ref CallLoop loop, KernelCall call, Capability source)
    {
        loop.Rax = (ulong)call;
        var log = new Log(s_log);
        log.Text("CallBench: row "u8);
        log.Text(name);
        Number(ref log, loop.Times);
        for (int round = 0; round <= Rounds; round++)
        {
            ulong before = Entries();
            long ticks = loop.Run();
            ulong entries = Entries() - before - 1;
            if (ticks < 0)
            {
                Failure.Check((Status)ticks, name);
            }

            if (source.Slot != 0)
            {
                Failure.Check(source.Revoke(), "revoking"u8);
            }

            // The first round meets empty tables and slots.
            if (round == 1)
            {
                Number(ref log, entries);
            }

            if (round > 0)
            {
                Number(ref log, (ulong)ticks);
            }
        }

        log.EndLine();
    }

    /// <summary>Kernel calls of all domains so far, this one included.</summary>
    private static ulong Entries()
    {
        Failure.Check(KernelCalls.Make(KernelCall.Query, out QueryResults results), "counting calls"u8);
        return results.Calls;
    }

    private static void Number(ref Log log, ulong number)
    {
        log.Text(" "u8);
        log.Decimal(number);
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
