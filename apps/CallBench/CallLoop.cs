using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.CallBench;

/// <summary>One kernel call, to be made many times: registers, what two of them grow by each time, and how often.</summary>
[AssemblyNames("LOOP")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CallLoop
{
    /// <summary>Number and arguments of the call.</summary>
    public ulong Rax, Rdi, Rsi, Rdx, R10, R8, R9;

    /// <summary>Added to RDX and R9 after each call.</summary>
    public ulong StepRdx, StepR9;

    /// <summary>How often; at least once.</summary>
    public ulong Times;

    /// <summary>Ticks that the calls took; the instructions of the loop around them are taken away. Negative: the status of a call that failed.</summary>
    public long Run()
    {
        fixed (CallLoop* self = &this)
        {
            long ticks = Calls(self);

            // The empty loop tests the number of the call in the status's place: it is never negative.
            return ticks < 0 ? ticks : ticks - Nothing(self);
        }
    }

    [RuntimeImport("*", "calls_loop")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Calls(CallLoop* loop);

    [RuntimeImport("*", "empty_loop")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Nothing(CallLoop* loop);
}
