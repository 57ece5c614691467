using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Ways to die, one a life. The test knows which reason each must have.</summary>
internal static unsafe class Ending
{
    /// <summary>How many there are.</summary>
    public const ulong Count = 13;

    private const ulong Rounds = 20_000;

    /// <summary>Its name in the log.</summary>
    public static ReadOnlySpan<byte> Name(ulong ending)
    {
        switch (ending)
        {
            case 0: return "jump-to-non-canonical"u8;
            case 1: return "jump-to-unmapped"u8;
            case 2: return "jump-to-kernel"u8;
            case 3: return "stack-in-kernel"u8;
            case 4: return "stack-non-canonical"u8;
            case 5: return "trap-stack-in-kernel"u8;
            case 6: return "user-without-root"u8;
            case 7: return "empty-root"u8;
            case 8: return "foreign-root"u8;
            case 9: return "unknown-crash"u8;
            case 10: return "unknown-shutdown"u8;
            case 11: return "rom-data"u8;
            default: return "vcpu-page"u8;
        }
    }

    /// <summary>Dies. Returns only if that fails.</summary>
    public static void Run(ref Values values, ulong ending)
    {
        Attempt.Fill(ref values);
        switch (ending)
        {
            case 0: Jump(HoleLayout.UserLimit + values.Below(1 << 20)); break;
            case 1: Jump(0x1000 + values.Below(1 << 20)); break;
            case 2: Jump(HoleLayout.KernelImage + 0x20_0000 + values.Below(1 << 16)); break;
            case 3: Fault(HoleLayout.KernelImage + 0x20_1000); break;
            case 4: Fault(HoleLayout.UserLimit + 0x1000); break;
            case 5:
                Xen.Call(Xen.StackSwitch, 0xe02b, HoleLayout.DirectMap + 0x8000, 0);
                Attempt.User(User.Data, write: false);
                break;
            case 6:
                StormAttack.Raw(VmCall.LoadRoot, Machine.Info->InitialRootFrame);
                Machine.VCpu->Usr.Rip = User.Code;
                StormAttack.Raw(VmCall.ReturnToUser, 0);
                break;
            case 7:
                ulong* table = Machine.Frame(Values.FirstVictim);
                for (int i = 0; i < 512; i++)
                {
                    table[i] = 0;
                }

                Xen.Mmuext(Xen.NewRoot, Values.FirstVictim);
                break;
            case 8:
                // The ROM compares with what it was told; the ROM's own call goes to the kernel with any frame.
                StormAttack.Raw(VmCall.LoadRoot, Machine.Info->AllFrames + values.Below(1 << 20));
                StormAttack.Raw(VmCall.Crash, (ulong)CrashReason.BadRoot, Attempt.Result);
                break;
            case 9: StormAttack.Raw(VmCall.Crash, 0xdead_beef, values.Next()); break;
            case 10: Xen.Shutdown(77); break;
            case 11: Scribble(ref values, (ulong*)HoleLayout.RomData, (Machine.Rom->DataEnd - HoleLayout.RomData) / 8); break;
            default: Scribble(ref values, (ulong*)HoleLayout.VCpuPage, 64); break;
        }
    }

    private static void Jump(ulong to)
    {
        // Without handlers there is no way back.
        Xen.Call(Xen.SetTrapTable, 0, 0, 0);
        Attempt.Run(to);
    }

    /// <summary>An exception on a stack of any kind.</summary>
    public static void Fault(ulong stack)
    {
        byte* code = (byte*)Attempt.ScratchPage();
        code[0] = 0x0f;
        code[1] = 0x0b;
        Attempt.Registers->Rip = (ulong)code;
        Attempt.RunOnStack(stack);
    }

    /// <summary>Writes anything into a page on which the ROM lives, while it is used in every way.</summary>
    private static void Scribble(ref Values values, ulong* words, ulong count)
    {
        for (ulong round = 0; round < Rounds; round++)
        {
            words[values.Below(count)] = values.Any();
            words[values.Below(count)] = values.Next();
            if ((round & 3) == 0)
            {
                Xen.Call(17, 0, 0, 0);
            }

            if ((round & 7) == 0)
            {
                Attempt.Kernel(values.Any(), write: false);
            }

            if ((round & 15) == 0)
            {
                Attempt.User(values.Any(), write: true);
                StormAttack.Raw(VmCall.SetTimer, Xen.Tsc() + values.Below(10_000));
            }
        }

        StormAttack.Raw(VmCall.Crash, (ulong)CrashReason.BadState, 0);
    }
}
