using Tierce.Abi;

namespace Tierce.Kernel.Translation;

/// <summary>Stands for a guest address space.</summary>
public unsafe struct Guest
{
    public GuestHeader Header;

    private ulong firstPage;

    private ulong frames;

    public static int Live { get; set; }

    public readonly bool Owns(ulong frame) => frame < frames;

    public readonly byte* FrameAddress(ulong frame) => Machine.ToVirtual((firstPage + frame) << 12);

    public void Give(ulong first, ulong count)
    {
        firstPage = first;
        frames = count;
    }

    public static Status Create(ulong firstPage, ulong pages, ulong cacheFirstPage, ulong cachePages, ulong bitmapFrame, ulong noteFrame, ulong settings, Guest** result)
    {
        if (noteFrame >= pages || bitmapFrame >= pages)
        {
            return Status.BadFrame;
        }

        *result = (Guest*)Machine.ToVirtual(cacheFirstPage << 12);
        Machine.ZeroPage(*result);
        Live++;
        return Status.Ok;
    }

    public static void Destroy(Guest* guest) => Live--;

    public readonly Status MapHole(ulong address, ulong frame, ulong pages, CapRights rights) =>
        frame < Header.Pages && pages <= Header.Pages - frame ? Status.Ok : Status.BadFrame;
}
