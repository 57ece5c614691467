using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.IpcReplyReceive"/>. A client that has ended gets no reply; that is no failure.</content>
public static unsafe partial class KernelCalls
{
    private static Status IpcReplyReceive(PerCpu* cpu, Thread* caller)
    {
        Endpoint* endpoint;
        Status status = DecodeReceive(caller, &endpoint);
        if (status != Status.Ok)
        {
            return status;
        }

        if (caller->Client != null)
        {
            Endpoint.Reply(cpu, caller);
        }

        Endpoint.Receive(cpu, endpoint, caller, Thread.Arguments<IpcReplyReceiveArguments>(caller)->Slot);
        return Status.Ok;
    }
}
