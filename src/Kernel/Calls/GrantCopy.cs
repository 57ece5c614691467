using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content>
/// <see cref="KernelCall.GrantCopy"/>. Between two operations, each of a page at most, interrupts are taken.
/// </content>
public static unsafe partial class KernelCalls
{
    // SAFETY: the operations lie within pages that FrameTable says ring 3 may use. Others may write them: each is read once.

    private const ulong OperationsOfPage = 4096 / GrantOperation.Size;

    private static Status GrantCopy(Thread* caller)
    {
        GrantCopyArguments* arguments = Thread.Arguments<GrantCopyArguments>(caller);
        const CapRights Both = CapRights.Read | CapRights.Write;
        Capability* grants = null;
        Capability* buffer = null;
        Capability* operations = null;
        Status status = Decode.Find(caller, arguments->Grants, CapabilityType.Grants, CapRights.None, &grants);
        status = status != Status.Ok ? status : Decode.Find(caller, arguments->Buffer, CapabilityType.Memory, Both, &buffer);
        status = status != Status.Ok ? status : Decode.Find(caller, arguments->Operations, CapabilityType.Memory, Both, &operations);
        if (status != Status.Ok)
        {
            return status;
        }

        ulong first = arguments->First;
        ulong count = arguments->Count;
        if (!Decode.IsPart(first, count, operations->B * OperationsOfPage))
        {
            return Status.BadArgument;
        }

        ulong done = 0;
        while (done < count && status == Status.Ok)
        {
            status = CopyOne(grants, buffer, operations, first + done);
            done += status == Status.Ok ? 1UL : 0;
            if (done < count && status == Status.Ok)
            {
                // A thread that an interrupt wakes runs before the rest of this call.
                Machine.TakeInterrupts();
                status = Machine.HasToSwitch ? Status.Again : Status.Ok;
            }
        }

        Thread.Results<GrantCopyResults>(caller)->Done = done;
        return status;
    }

    private static Status CopyOne(Capability* grants, Capability* buffer, Capability* operations, ulong index)
    {
        ulong page = operations->A + (index / OperationsOfPage);
        if (!FrameTable.IsOpen(page))
        {
            return Status.BadState;
        }

        GrantOperation* place = (GrantOperation*)Machine.ToVirtual(page << 12) + (index % OperationsOfPage);
        GrantOperation operation;
        ((ulong*)&operation)[0] = System.Threading.Volatile.Read(ref ((ulong*)place)[0]);
        ((ulong*)&operation)[1] = System.Threading.Volatile.Read(ref ((ulong*)place)[1]);
        bool own = (operation.Flags & (uint)GrantCopyFlags.Own) != 0;
        place->Result = (short)Grants.Copy(grants, operation, own ? operations : buffer);
        return Status.Ok;
    }
}
