using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>The bytes that replace the stubs of <see cref="HypercallStubs"/>.</summary>
public static class StubPatch
{
    /// <summary>Bytes of the hypercall stub that change: all except the jump that follows, which Linux itself rewrites at boot.</summary>
    public const int HypercallSize = 8;

    /// <summary>Offset of the change in the iret stub, and its size: the four pushes before it stay.</summary>
    public const int IretSkip = 6;

    /// <inheritdoc cref="IretSkip"/>
    public const int IretSize = 8;

    /// <summary>
    /// A two-byte nop, then a call through a pointer. In this order the call returns to the place where the stub's pushes are undone, so
    /// that Linux's unwind tables stay right.
    /// </summary>
    /// <param name="patch">The eight bytes.</param>
    /// <param name="displacement">From the stub's start to the pointer.</param>
    public static void WriteHypercall(Span<byte> patch, int displacement)
    {
        patch[0] = 0x66;
        patch[1] = 0x90;
        RomCall.Write(patch.Slice(2), displacement - HypercallSize);
    }

    /// <summary>A jump through a pointer, then int3 to the end.</summary>
    /// <param name="patch">The eight bytes.</param>
    /// <param name="displacement">From the stub's start to the pointer.</param>
    public static void WriteIret(Span<byte> patch, int displacement)
    {
        const int JumpSize = 6;
        patch[0] = 0xff;
        patch[1] = 0x25;
        BinaryPrimitives.WriteInt32LittleEndian(patch.Slice(2), displacement - IretSkip - JumpSize);
        patch[6] = 0xcc;
        patch[7] = 0xcc;
    }
}
