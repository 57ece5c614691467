using Tierce.Abi;

namespace Tierce.Kernel;

/// <content><see cref="KernelCall.ThreadExit"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status ThreadExit(PerCpu* cpu, Thread* caller)
    {
        KernelLog.Text("tierce: thread ended with code "u8);
        KernelLog.Number(caller->Frame.Rdi);
        KernelLog.Line();
        Thread.End(cpu, caller, fault: false);
        return Status.Ok;
    }
}
