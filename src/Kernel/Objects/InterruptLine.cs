using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Objects;

/// <summary>
/// A line of the interrupt controller (global system interrupt), or a message (MSI), whose number is higher. An interrupt signals a
/// notification. A message has no mask: the kernel drops one that no driver has bound, and one whose last has not been taken adds nothing.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct InterruptLine
{
    /// <summary>Number of lines and messages.</summary>
    public const int Count = RootInfo.InterruptSlots + RootInfo.MessageSlots;

    /// <summary>Pages that hold them all.</summary>
    public const ulong TablePages = 4;

    private static InterruptLine* table;

    /// <summary>Child of the interrupt capability that bound it; type None while it is not bound.</summary>
    public Capability Binding;

    /// <summary>The notification.</summary>
    public Capability Link;

    /// <summary>Number of the line.</summary>
    public int Number;

    /// <summary>
    /// Whether the line is level triggered. The kernel masks such a line at each interrupt, until the driver acknowledges it. It masks an
    /// edge-triggered line only if an interrupt comes before the waiter has taken the last one, and until the waiter takes it.
    /// </summary>
    public bool Level;

    /// <summary>Edge triggered, and masked until the bits of the last interrupt are taken.</summary>
    public bool WaitsForTaker;

    /// <summary>Whether a device raises it by a memory write. It is edge triggered.</summary>
    public readonly bool IsMessage => Number >= RootInfo.InterruptSlots;

    /// <summary>Whether the last interrupt has not been taken. Another one would then add nothing.</summary>
    private readonly bool IsBehind => (((Notification*)Link.Object)->Bits & Link.A) != 0;

    /// <summary>Makes the table from <see cref="TablePages"/> pages of zeros. Once, at start.</summary>
    public static void Initialise(void* pages)
    {
        table = (InterruptLine*)pages;
        for (int i = 0; i < Count; i++)
        {
            table[i].Number = i;
        }
    }

    /// <summary>The line or message with a number from 0 to <see cref="Count"/> - 1.</summary>
    public static InterruptLine* Get(int number) => table + number;

    /// <summary>Handles the interrupt. Its entry stub calls this.</summary>
    public static void Raise(PerCpu* cpu, int number)
    {
        if (table == null || (uint)number >= Count)
        {
            return;
        }

        InterruptLine* line = table + number;
        if (line->Level || line->Link.Type != CapabilityType.NotificationLink)
        {
            Machine.MaskInterrupt(number);
        }
        else if (line->IsBehind)
        {
            Machine.MaskInterrupt(number);
            line->WaitsForTaker = true;
            ((Notification*)line->Link.Object)->HoldsLines = true;
        }

        Notification.SignalLink(cpu, &line->Link, 0);
    }

    /// <summary>
    /// Unmasks the lines that were masked until the bits of this notification are taken. This is rare, so it tests all lines.
    /// </summary>
    public static void BitsTaken(Notification* notification)
    {
        notification->HoldsLines = false;
        for (int i = 0; i < Count; i++)
        {
            InterruptLine* line = table + i;
            if (line->WaitsForTaker && line->Link.Object == notification)
            {
                line->WaitsForTaker = false;
                Machine.UnmaskInterrupt(i, level: false);
            }
        }
    }

    /// <summary>Binds a line that is not bound, and unmasks it.</summary>
    public static void Bind(InterruptLine* line, Capability* interrupt, Capability* notification, ulong bits, bool level)
    {
        Invariant.Holds(line->Binding.Type == CapabilityType.None && line->Link.Type == CapabilityType.None && bits != 0);
        line->Level = level;
        line->WaitsForTaker = false;
        Derivation.Fill(&line->Binding, CapabilityType.InterruptBinding, CapRights.None, line, 0, 0, interrupt);
        Notification.MakeLink(&line->Link, notification, bits);
        Machine.UnmaskInterrupt(line->Number, level);
    }

    /// <summary>
    /// Masks a line and removes its notification; the caller removes the binding. Returns as <see cref="Derivation.Delete"/>.
    /// </summary>
    public static bool Unbind(PerCpu* cpu, InterruptLine* line, ref int budget)
    {
        Machine.MaskInterrupt(line->Number);
        return line->Link.Type == CapabilityType.None || Derivation.Delete(cpu, &line->Link, ref budget);
    }
}
