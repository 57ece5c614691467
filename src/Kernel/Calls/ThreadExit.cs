using Tierce.Abi;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.ThreadExit"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status ThreadExit(PerCpu* cpu, Thread* caller)
    {
        KernelLog.Text("tierce: thread ended with code "u8);
        KernelLog.Number(Thread.Arguments<ThreadExitArguments>(caller)->Code);
        KernelLog.Line();
        ThreadLife.End(cpu, caller, fault: false);
        return Status.Ok;
    }
}
