using Tierce.Abi;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.Log"/>. Lines go out whole.</content>
public static unsafe partial class KernelCalls
{
    private static Status Log(Thread* caller)
    {
        LogArguments* arguments = Thread.Arguments<LogArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Log, CapabilityType.Log, CapRights.None, &cap);
        if (status == Status.Ok)
        {
            LogLine* line = &caller->Domain->Line;
            _ = LogLine.AddWord(line, arguments->Word0) && LogLine.AddWord(line, arguments->Word1) && LogLine.AddWord(line, arguments->Word2)
                && LogLine.AddWord(line, arguments->Word3) && LogLine.AddWord(line, arguments->Word4);
        }

        return status;
    }
}
