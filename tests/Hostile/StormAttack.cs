using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Events without end: to itself, to its monitor, from the timer.</summary>
internal static unsafe class StormAttack
{
    private const ulong BindIpi = 7, Send = 4;

    /// <summary>Number of each.</summary>
    public static void Run(ref Values values, ulong rounds)
    {
        ulong* argument = stackalloc ulong[2];
        argument[0] = 0;
        argument[1] = 0;
        Xen.Call(Xen.EventChannelOp, BindIpi, (ulong)argument, 0);
        ulong own = *((uint*)argument + 1);
        Xen.BindTimer();
        Xen.TakeProbe();
        Xen.Unmask();
        for (ulong i = 0; i < rounds; i++)
        {
            argument[0] = values.OneIn(2) ? own : values.Below(4);
            Xen.Call(Xen.EventChannelOp, Send, (ulong)argument, 0);
            Raw(VmCall.NotifyMonitor, values.OneIn(4) ? values.Next() : 7);
            Raw(VmCall.SetTimer, Xen.Tsc() - values.Below(1000));
        }

        Raw(VmCall.SetTimer, 0);
        Xen.Mask();
        Chronicle.Attempts += 3 * rounds;
        Chronicle.Save();
    }

    /// <summary>One kernel call with one argument.</summary>
    public static int Raw(VmCall call, ulong argument, ulong second = 0)
    {
        Attempt.Registers->Rax = (ulong)call;
        Attempt.Registers->Rdi = argument;
        Attempt.Registers->Rsi = second;
        return Attempt.RawCall();
    }
}
