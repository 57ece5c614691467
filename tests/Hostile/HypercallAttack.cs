using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Hypercalls with anything in every argument, and in what the arguments point to.</summary>
internal static unsafe class HypercallAttack
{
    private const int Words = 24;
    private const ulong ByTrap = 3;
    private const ulong ReallyHarmful = 2000;

    // Numbers that are answered, except 23, iret, which is not a call: the processor's own is among the descriptors' attacks.
    private static ReadOnlySpan<byte> Numbers => [0, 1, 1, 2, 3, 4, 5, 8, 9, 10, 12, 13, 14, 14, 15, 17, 18, 20, 21, 24, 25, 26, 26, 29, 30, 32, 32, 33];

    /// <summary>Number of calls.</summary>
    public static void Run(ref Values values, ulong calls)
    {
        for (ulong i = 0; i < calls; i++)
        {
            One(ref values);
            Chronicle.Hypercalls++;
            if ((i & 255) == 0)
            {
                Chronicle.Save();
                Xen.TakeProbe();
            }
        }

        Chronicle.Save();
    }

    private static void One(ref Values values)
    {
        Registers* registers = Attempt.Registers;
        Attempt.Fill(ref values);
        ulong scratch = Attempt.ScratchPage() + (values.Below(512) * 8);
        Scribble(ref values, scratch);
        ulong number = values.OneIn(16) ? values.OneIn(2) ? values.Any() : values.Below(64) : Numbers[(int)values.Below((ulong)Numbers.Length)];
        if (values.Below(4) != 0)
        {
            registers->Rdi = scratch;
        }
        else if (values.OneIn(2))
        {
            registers->Rsi = scratch;
        }

        number = (uint)number == Xen.IretNumber ? 17 : number;
        Shape(ref values, number, registers, scratch);
        registers->Rax = number;
        bool byTrap = values.Below(4) < ByTrap;
        registers->Rbx = Machine.Rom->HypercallCallEntry;
        Attempt.Run(byTrap ? Attempt.TrySyscall() : Attempt.TryCall());
        if ((uint)number is (uint)Xen.ConsoleIo or (uint)Xen.Multicall)
        {
            Xen.Log("\n"u8);
        }

        if (number is 0 or 3 or 4 or 8 or 13 or 30)
        {
            Xen.Prepare();
        }
    }

    /// <summary>Makes arguments reach further than chance would, and leaves out what ends or stops this guest: endings do that.</summary>
    private static void Shape(ref Values values, ulong number, Registers* registers, ulong scratch)
    {
        switch ((long)(uint)number)
        {
            case Xen.MmuUpdate or Xen.MmuextOp:
                registers->Rsi = values.OneIn(4) ? values.Any() : 1 + values.Below(8);
                registers->Rdx = values.OneIn(4) ? values.Any() : 0;
                registers->R10 = values.OneIn(8) ? values.Any() : Xen.Self;
                Tables(ref values, (ulong*)scratch, (uint)number == Xen.MmuextOp);
                break;
            case Xen.UpdateVaMapping:
                registers->Rdi = IsImage(registers->Rdi) && !values.OneIn(ReallyHarmful) ? values.VictimAddress() : registers->Rdi;
                registers->Rsi = values.Any();
                registers->Rdx = values.Below(8);
                break;
            case Xen.Multicall:
                registers->Rsi = values.OneIn(4) ? values.Any() : values.Below(3);
                ulong* entries = (ulong*)scratch;
                for (int i = 0; i < Words; i += 8)
                {
                    entries[i] = values.Below(64);
                    entries[i + 2] = values.Any();
                    entries[i + 2] = IsImage(entries[i + 2]) ? 0 : entries[i + 2];
                    bool leaves = entries[i] == Xen.IretNumber && !values.OneIn(ReallyHarmful);
                    if (leaves || (uint)entries[i] is (uint)Xen.SchedOp or (uint)Xen.VcpuOp or (uint)Xen.ConsoleIo or (uint)Xen.MmuextOp)
                    {
                        entries[i] = 17;
                    }
                }

                break;
            case Xen.ConsoleIo:
                registers->Rdi = values.OneIn(8) ? values.Any() : 0;
                registers->Rsi = values.OneIn(2) ? 4097 + values.Any() : values.Below(8);
                registers->Rdx = values.Any();
                break;
            case Xen.SchedOp:
                registers->Rdi = (uint)registers->Rdi is >= 1 and <= 3 ? 0 : registers->Rdi;
                break;
            case Xen.VcpuOp:
                registers->Rdi = values.OneIn(2) ? values.Below(16) : values.Any();
                registers->Rdi = (uint)registers->Rdi is 2 or 10 ? 3 : registers->Rdi;
                registers->Rsi = values.OneIn(4) ? values.Any() : 0;
                registers->Rdx = scratch;
                break;
            default:
                registers->Rdi = values.OneIn(2) ? values.Below(40) : registers->Rdi;
                registers->Rsi = values.OneIn(2) ? scratch : registers->Rsi;
                break;
        }
    }

    private static void Tables(ref Values values, ulong* words, bool commands)
    {
        for (int i = 0; i < Words; i += commands ? 3 : 2)
        {
            if (!commands)
            {
                words[i] = values.OneIn(4) ? values.Any() : (values.Victim() << 12) | (values.Below(512) * 8) | values.Below(4);
                continue;
            }

            words[i] = values.OneIn(8) ? values.Any() : values.Below(21);
            words[i + 1] = values.OneIn(2) ? values.Any() : values.Victim();
            if ((uint)words[i] is Xen.NewRoot or Xen.NewUserRoot && words[i + 1] < Machine.Info->AllFrames && !values.OneIn(ReallyHarmful))
            {
                words[i] = values.Below(5);
            }
        }
    }

    private static void Scribble(ref Values values, ulong address)
    {
        // SAFETY: two pages of entry.S, of which the first word lies in the first.
        ulong* words = (ulong*)address;
        for (int i = 0; i < Words; i++)
        {
            words[i] = values.Any();
        }
    }

    private static bool IsImage(ulong address) => address - Xen.VirtualBase < 0x100_0000
        && address - Xen.VirtualBase - (Values.FirstVictim << 12) >= Values.Victims << 12;
}
