using Tierce.Abi;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation;

/// <summary>Stands for what translates guests' addresses.</summary>
public static unsafe class GuestSpace
{
    public static int Live { get; set; }

    public static Status Create(ulong firstPage, ulong pages, ulong ownFirstPage, ulong ownPages, ulong bitmapFrame, ulong noteFrame, ulong settings, Guest** result)
    {
        if (noteFrame >= pages || bitmapFrame >= pages)
        {
            return Status.BadFrame;
        }

        *result = (Guest*)Machine.ToVirtual(ownFirstPage << 12);
        Machine.ZeroPage(*result);
        Live++;
        return Status.Ok;
    }

    public static void Destroy(Guest* guest) => Live--;

    public static Status LoadRoots(Guest* guest, LoadedRoots* roots, ulong kernelFrame, ulong userFrame, bool restartable)
    {
        if (!guest->Owns(kernelFrame) || !guest->Owns(userFrame))
        {
            return Status.BadFrame;
        }

        roots->KernelRootFrame = kernelFrame;
        roots->UserRootFrame = userFrame;
        return Status.Ok;
    }

    public static void LimitRoots(Guest* guest)
    {
    }

    public static Status MapHole(Guest* guest, ulong address, ulong frame, ulong pages, CapRights rights) =>
        frame < guest->Header.Pages && pages <= guest->Header.Pages - frame ? Status.Ok : Status.BadFrame;
}
