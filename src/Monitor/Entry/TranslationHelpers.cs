using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Recognises Linux's ten helpers that translate page-table entries between its own frame numbers and the machine's. In a guest of
/// Tierce the two are the same, so each helper returns what it was given; a change of five bytes makes it say so at once.
/// </summary>
/// <remarks>
/// Source of the bytes: Debian's Linux 6.1, arch/x86/xen/mmu_pv.c (xen_pte_val, xen_make_pte and their likes, reached through
/// PV_CALLEE_SAVE_REGS_THUNK). The thunk and everything it calls that decides the result are compared byte by byte, but for
/// addresses; a kernel in which any differs is refused. A helper would answer otherwise for a frame of another domain or one that
/// the guest has given back: a guest of Tierce has neither.
/// </remarks>
public static class TranslationHelpers
{
    /// <summary>Number of helpers: val and make, for five levels' types.</summary>
    public const int Count = 10;

    /// <summary>Bytes that change in a thunk.</summary>
    public const int PatchSize = 5;

    private const int CallAt = 12;
    private const int CallSize = 5;

    /// <summary>mov rax, rdi; ret; int3: in place of the thunk's first pushes.</summary>
    public static ReadOnlySpan<byte> Patch => [0x48, 0x89, 0xf8, 0xc3, 0xcc];

    /// <summary>Saves RCX, RDX, RSI, RDI and R8 to R11, calls the function, restores them, jumps to the return thunk.</summary>
    internal static ReadOnlySpan<byte> Thunk => "515256574150415141524153e8????????415b415a415941585f5e5a59e9????????"u8;

    /// <summary>xen_pte_val and its likes.</summary>
    internal static ReadOnlySpan<byte> Value =>
        "e8????????534889fb83e70175094889d85be9????????488b3d????????48f7d74821df48c1e70c48c1ef18e8????????488b15????????4881e200f0ffff48f7d24821da4889c348c1e30c4889d14883e1fe4809d34883f8ff480f44d94889d85be9????????"u8;

    /// <summary>xen_make_pte and its likes.</summary>
    internal static ReadOnlySpan<byte> Make => "e8????????4889f8a8017505e9????????e8????????e9????????"u8;

    /// <summary>pte_pfn_to_mfn, which those call for a present entry.</summary>
    internal static ReadOnlySpan<byte> FrameToMachine =>
        "e8????????488b15????????534889d04881e200f0ffff48f7d24821f84889d348c1e80c4821fb483b05????????732b488b15????????488b14c24883faff742348b8ffffffffffffff3f4821d048c1e00c4809d85be9????????483b05????????73ea4889c7e8????????4889c131c04883f9ff74de48baffffffffffffff3f4889c84821d0ebc5"u8;

    /// <summary>Where in <see cref="Make"/> the call of <see cref="FrameToMachine"/> stands.</summary>
    private const int MakeCallAt = 17;

    /// <summary>Finds the thunks in kernel text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="offsets">Takes the offsets of <see cref="Count"/> thunks.</param>
    /// <returns>False if not exactly that many are there, with bodies of which each byte is as expected.</returns>
    public static bool Find(ReadOnlySpan<byte> text, Span<int> offsets)
    {
        int found = 0;
        int end = Math.Min(text.Length, BytePattern.SearchLimit) - BytePattern.Length(Thunk);
        for (int i = 0; i < end; i++)
        {
            if (text[i] != 0x51 || text[i + 1] != 0x52 || !BytePattern.Matches(text.Slice(i), Thunk) || !IsHelper(text, i + CallAt))
            {
                continue;
            }

            if (found == Count)
            {
                return false;
            }

            offsets[found++] = i;
        }

        return found == Count;
    }

    private static bool IsHelper(ReadOnlySpan<byte> text, int call)
    {
        ReadOnlySpan<byte> body = Target(text, call);
        if (BytePattern.Matches(body, Value))
        {
            return true;
        }

        return BytePattern.Matches(body, Make)
            && BytePattern.Matches(Target(text, text.Length - body.Length + MakeCallAt), FrameToMachine);
    }

    /// <summary>The text from the target of a call; empty if it lies elsewhere.</summary>
    private static ReadOnlySpan<byte> Target(ReadOnlySpan<byte> text, int call)
    {
        long target = call + CallSize + (long)BinaryPrimitives.ReadInt32LittleEndian(text.Slice(call + 1));
        return target >= 0 && target < text.Length ? text.Slice((int)target) : default;
    }
}
