using Tierce.Guest;

namespace Tierce.Tests.Probe;

/// <summary>
/// Reads kernel memory with the guest kernel's own rights: a BPF program of type "syscall", run once, which calls bpf_probe_read_kernel.
/// Numbers and layouts: include/uapi/linux/bpf.h of Linux.
/// </summary>
internal static unsafe class GuestKernelRead
{
    private const int ProgramLoad = 5;
    private const int ProgramTestRun = 10;
    private const uint SyscallProgram = 31;
    private const uint Sleepable = 1 << 4;
    private const int Instructions = 6;

    /// <summary>Returns 0 if eight bytes at the address could be read, else Linux's negated error number.</summary>
    public static int Try(ulong address)
    {
        ulong* code = stackalloc ulong[Instructions];
        code[0] = Instruction(0x79, 3, 1, 0);      // r3 = *(u64 *)(r1 + 0), the address
        code[1] = Instruction(0xbf, 1, 10, 0);     // r1 = r10
        code[2] = Instruction(0x07, 1, 0, -8);     // r1 += -8, a word on the stack
        code[3] = Instruction(0xb7, 2, 0, 8);      // r2 = 8
        code[4] = Instruction(0x85, 0, 0, 113);    // call bpf_probe_read_kernel(r1, r2, r3)
        code[5] = Instruction(0x95, 0, 0, 0);      // exit

        fixed (byte* license = "GPL\0"u8)
        {
            uint* load = stackalloc uint[12];
            Clear(load, 12);
            load[0] = SyscallProgram;
            load[1] = Instructions;
            *(ulong**)(load + 2) = code;
            *(byte**)(load + 4) = license;
            load[11] = Sleepable;
            int program = Linux.Bpf(ProgramLoad, load, 48);
            if (program < 0)
            {
                return program;
            }

            ulong context = address;
            uint* run = stackalloc uint[20];
            Clear(run, 20);
            run[0] = (uint)program;
            run[10] = sizeof(ulong);
            *(ulong**)(run + 12) = &context;
            int status = Linux.Bpf(ProgramTestRun, run, 80);
            return status < 0 ? status : (int)run[1];
        }
    }

    private static ulong Instruction(byte operation, uint target, uint source, int value) =>
        operation | ((target | (source << 4)) << 8) | ((ulong)(uint)value << 32);

    private static void Clear(uint* words, int count)
    {
        for (int i = 0; i < count; i++)
        {
            words[i] = 0;
        }
    }
}
