using Tierce.Abi;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.Log"/>. Characters that could disturb a terminal become a question mark. Lines go out whole.</content>
public static unsafe partial class KernelCalls
{
    private static Status Log(Thread* caller)
    {
        LogArguments* arguments = Thread.Arguments<LogArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Log, CapabilityType.Log, CapRights.None, &cap);
        if (status == Status.Ok)
        {
            Domain* domain = caller->Domain;
            _ = LogWord(domain, arguments->Word0) && LogWord(domain, arguments->Word1) && LogWord(domain, arguments->Word2) && LogWord(domain, arguments->Word3)
                && LogWord(domain, arguments->Word4);
        }

        return status;
    }

    private static bool LogWord(Domain* domain, ulong word)
    {
        for (int i = 0; i < sizeof(ulong); i++)
        {
            byte character = (byte)(word >> (8 * i));
            if (character == 0)
            {
                return false;
            }

            bool printable = character is >= (byte)' ' and < 0x7f or (byte)'\n' or (byte)'\t';
            LogLine.Add(&domain->Line, printable ? character : (byte)'?');
        }

        return true;
    }
}
