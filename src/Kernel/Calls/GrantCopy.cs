using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content>
/// <see cref="KernelCall.GrantCopy"/>. Interrupts are taken between two operations when about a page has been copied since the last time.
/// </content>
public static unsafe partial class KernelCalls
{
    // SAFETY: the operations lie within pages that FrameTable says ring 3 may use. Others may write them: each is read once.

    private const ulong OperationsOfPage = 4096 / GrantOperation.Size;

    /// <summary>Work after which interrupts are taken, in bytes that are copied; and the work of an operation besides its bytes.</summary>
    private const ulong MostWork = 4096, WorkOfOperation = 256;

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
        ulong work = 0;
        while (done < count && status == Status.Ok)
        {
            ulong page = operations->A + ((first + done) / OperationsOfPage);
            if (!FrameTable.IsOpen(page))
            {
                status = Status.BadState;
                break;
            }

            work += CopyOne(grants, buffer, operations, (GrantOperation*)Machine.ToVirtual(page << 12) + ((first + done) % OperationsOfPage));
            done++;
            if (work >= MostWork && done < count)
            {
                // A thread that an interrupt wakes runs before the rest of this call.
                work = 0;
                Machine.TakeInterrupts();
                status = Machine.HasToSwitch ? Status.Again : Status.Ok;
            }
        }

        Thread.Results<GrantCopyResults>(caller)->Done = done;
        return status;
    }

    /// <summary>Makes one copy. Returns its work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong CopyOne(Capability* grants, Capability* buffer, Capability* operations, GrantOperation* place)
    {
        GrantOperation operation;
        ((ulong*)&operation)[0] = System.Threading.Volatile.Read(ref ((ulong*)place)[0]);
        ((ulong*)&operation)[1] = System.Threading.Volatile.Read(ref ((ulong*)place)[1]);
        bool own = (operation.Flags & (uint)GrantCopyFlags.Own) != 0;
        place->Result = (short)Grants.Copy(grants, operation, own ? operations : buffer);
        return WorkOfOperation + operation.Length;
    }
}
