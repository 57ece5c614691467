using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Objects;

/// <summary>
/// The doorbells of a virtual CPU: links to the notifications that its ROM signals. They take the last part of the page that holds the
/// virtual CPU, whose own state is shorter.
/// </summary>
public static unsafe class Doorbells
{
    // SAFETY: a virtual CPU has a page of its own.

    private const int PageSize = 4096;

    /// <summary>Bytes of the page that the doorbells take.</summary>
    public const int Size = VCpuDoorbell.Count * Capability.Size;

    /// <summary>A doorbell of a virtual CPU's thread: a link, or an empty capability.</summary>
    public static Capability* At(Thread* thread, int number) => (Capability*)((byte*)thread->VCpu + PageSize - Size) + number;

    /// <summary>Signals what a doorbell is connected with. A number without a doorbell does nothing.</summary>
    public static void Ring(PerCpu* cpu, Thread* thread, ulong number)
    {
        if (number < VCpuDoorbell.Count)
        {
            Notification.SignalLink(cpu, At(thread, (int)number), 0);
        }
    }

    /// <summary>Disconnects all of a thread that is destroyed. Returns as <see cref="Derivation.Delete"/>.</summary>
    public static bool Disconnect(PerCpu* cpu, Thread* thread, ref int budget)
    {
        for (int i = 0; thread->VCpu != null && i < VCpuDoorbell.Count; i++)
        {
            Capability* link = At(thread, i);
            if (link->Type != CapabilityType.None && !Derivation.Delete(cpu, link, ref budget))
            {
                return false;
            }
        }

        return true;
    }
}
