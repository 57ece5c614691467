using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.ReadClock"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status ReadClock(Thread* caller)
    {
        if (!Machine.TryReadReference(out ulong tsc, out ulong nanoseconds, out ulong width))
        {
            return Status.Again;
        }

        ReadClockResults* results = Thread.Results<ReadClockResults>(caller);
        results->Ticks = tsc;
        results->Nanoseconds = nanoseconds;
        results->Width = width;
        return Status.Ok;
    }
}
