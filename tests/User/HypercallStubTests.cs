using System.Buffers.Binary;
using Tierce.Monitor;

namespace Tierce.User;

/// <summary>The recogniser of Linux's two hypercall stubs: exact bytes, once each, padding that is padding; and what is written over them.</summary>
public sealed class HypercallStubTests
{
    private const int HypercallAt = 0x200;
    private const int IretAt = 0x340;
    private const int ThunkAt = 0x700;
    private const int FirstPadding = 0x180;
    private const int SecondPadding = 0x3c0;

    [Fact]
    public void Stubs_and_the_nearest_padding_are_found()
    {
        Assert.Equal(BuildError.None, HypercallStubs.Find(Text(), out HypercallStubs stubs));
        Assert.Equal(HypercallAt, stubs.Hypercall);
        Assert.Equal(IretAt, stubs.Iret);
        Assert.Equal(FirstPadding + 8, stubs.HypercallPointer);
        Assert.Equal(SecondPadding + 8, stubs.IretPointer);
    }

    [Fact]
    public void One_padding_does_not_serve_twice()
    {
        byte[] text = Text();
        text[SecondPadding + 15] = 0x90;
        Assert.Equal(BuildError.NoStubPadding, HypercallStubs.Find(text, out _));
    }

    [Fact]
    public void Any_other_byte_of_a_stub_makes_it_another_thing()
    {
        for (int i = 0; i <= HypercallStubs.HypercallBytes.Length; i++)
        {
            // The last is the jump's.
            Assert.Equal(BuildError.NoStub, FindWithout(HypercallAt + i));
        }

        for (int i = 0; i < HypercallStubs.IretBytes.Length; i++)
        {
            Assert.Equal(BuildError.NoStub, FindWithout(IretAt + i));
        }
    }

    [Theory]
    [InlineData(0x500)]
    [InlineData(0x503)]
    [InlineData(0x50d)]
    [InlineData(0x7f3)]
    public void A_second_stub_is_refused_wherever_it_stands(int at)
    {
        byte[] text = Text();
        PutHypercall(text, at);
        Assert.Equal(BuildError.StubTwice, HypercallStubs.Find(text, out _));

        text = Text();
        HypercallStubs.IretBytes.CopyTo(text.AsSpan(at - 1));
        Assert.Equal(BuildError.StubTwice, HypercallStubs.Find(text, out _));
    }

    [Fact]
    public void Text_without_stubs_is_refused()
    {
        Assert.Equal(BuildError.NoStub, HypercallStubs.Find([], out _));
        Assert.Equal(BuildError.NoStub, HypercallStubs.Find([0x0f, 0x05, 0x05], out _));
        Assert.Equal(BuildError.NoStub, HypercallStubs.Find(new byte[4096], out _));
    }

    [Theory]
    [InlineData(0, 0xc3)]
    [InlineData(4, 0x01)]
    [InlineData(8, 0x90)]
    [InlineData(15, 0x90)]
    public void Bytes_that_only_look_like_padding_are_left_alone(int at, byte value)
    {
        // In turn: no jump before it, a jump elsewhere, too few int3, int3 not up to the boundary.
        byte[] text = Text();
        text[FirstPadding + at] = value;
        text[SecondPadding + at] = value;
        Assert.Equal(BuildError.NoStubPadding, HypercallStubs.Find(text, out _));
    }

    [Fact]
    public void A_cut_text_is_searched_to_its_end_and_no_further()
    {
        byte[] text = Text();
        for (int length = 0; length < text.Length; length++)
        {
            BuildError error = HypercallStubs.Find(text.AsSpan(0, length), out HypercallStubs stubs);
            Assert.True(error != BuildError.None || Math.Max(stubs.HypercallPointer, stubs.IretPointer) + 8 <= length);
        }
    }

    [Fact]
    public void The_patch_reaches_its_pointer_and_touches_nothing_else()
    {
        byte[] text = Text();
        byte[] before = (byte[])text.Clone();
        HypercallStubs.Find(text, out HypercallStubs stubs);
        StubPatch.WriteHypercall(text.AsSpan(HypercallAt, StubPatch.HypercallSize), stubs.HypercallPointer - HypercallAt);
        StubPatch.WriteIret(text.AsSpan(IretAt + StubPatch.IretSkip, StubPatch.IretSize), stubs.IretPointer - IretAt);

        // xchg ax, ax; call *disp(%rip), which ends where the jump to the return thunk begins.
        Assert.Equal(new byte[] { 0x66, 0x90, 0xff, 0x15 }, text[HypercallAt..(HypercallAt + 4)]);
        Assert.Equal(stubs.HypercallPointer, HypercallAt + 8 + BinaryPrimitives.ReadInt32LittleEndian(text.AsSpan(HypercallAt + 4)));

        // The four pushes, then jmp *disp(%rip).
        Assert.Equal(before[IretAt..(IretAt + 6)], text[IretAt..(IretAt + 6)]);
        Assert.Equal(new byte[] { 0xff, 0x25 }, text[(IretAt + 6)..(IretAt + 8)]);
        Assert.Equal(stubs.IretPointer, IretAt + 12 + BinaryPrimitives.ReadInt32LittleEndian(text.AsSpan(IretAt + 8)));
        Assert.Equal(new byte[] { 0xcc, 0xcc }, text[(IretAt + 12)..(IretAt + 14)]);
        before.AsSpan(HypercallAt, 8).CopyTo(text.AsSpan(HypercallAt));
        before.AsSpan(IretAt, 14).CopyTo(text.AsSpan(IretAt));
        Assert.Equal(before, text);
    }

    [Fact]
    public void Slots_of_a_page_jump_or_trap()
    {
        byte[] page = new byte[HypercallPage.Size];
        HypercallPage.WriteJumps(page, 0x1122_3344_5566_7788, 0x99aa_bbcc_ddee_ff00);
        Assert.Equal("B81D000000FF25000000008877665544332211CC", Convert.ToHexString(page.AsSpan(29 * 32, 20)));
        Assert.Equal("51415350FF250000000000FFEEDDCCBBAA99CC", Convert.ToHexString(page.AsSpan(23 * 32, 19)));
        HypercallPage.WriteTraps(page);
        Assert.Equal("514153B81D0000000F05415B59C3CC", Convert.ToHexString(page.AsSpan(29 * 32, 15)));
        Assert.Equal("51415350B8170000000F05CC", Convert.ToHexString(page.AsSpan(23 * 32, 12)));
    }

    private static BuildError FindWithout(int at)
    {
        byte[] text = Text();
        text[at] ^= 0x20;
        return HypercallStubs.Find(text, out _);
    }

    /// <summary>Nops with both stubs, two functions whose end is followed by padding, and lone SYSCALLs.</summary>
    private static byte[] Text()
    {
        byte[] text = new byte[0x803];
        Array.Fill(text, (byte)0x90);
        PutHypercall(text, HypercallAt);
        HypercallStubs.IretBytes.CopyTo(text.AsSpan(IretAt));
        foreach (int line in (ReadOnlySpan<int>)[FirstPadding, SecondPadding])
        {
            PutJump(text, line);
            text.AsSpan(line + 5, 11).Fill(0xcc);
        }

        foreach (int at in (ReadOnlySpan<int>)[0, 0x101, 0x107, 0x801])
        {
            text[at] = 0x0f;
            text[at + 1] = 0x05;
        }

        return text;
    }

    private static void PutHypercall(byte[] text, int at)
    {
        HypercallStubs.HypercallBytes.CopyTo(text.AsSpan(at));
        PutJump(text, at + HypercallStubs.HypercallBytes.Length);
    }

    private static void PutJump(byte[] text, int at)
    {
        text[at] = 0xe9;
        if (at + 5 <= text.Length)
        {
            BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(at + 1), ThunkAt - at - 5);
        }
    }
}
