using Tierce.Abi;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.Log"/>. Characters that could disturb a terminal become a question mark. Lines go out whole.</content>
public static unsafe partial class KernelCalls
{
    private static Status Log(Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Capability* cap;
        Status status = Decode.Find(caller, frame->Rdi, CapabilityType.Log, CapRights.None, &cap);
        if (status == Status.Ok)
        {
            Domain* domain = caller->Domain;
            _ = LogWord(domain, frame->Rsi) && LogWord(domain, frame->Rdx) && LogWord(domain, frame->R10) && LogWord(domain, frame->R8)
                && LogWord(domain, frame->R9);
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
            domain->AddToLog(printable ? character : (byte)'?');
        }

        return true;
    }
}
