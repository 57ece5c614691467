using FsCheck;
using FsCheck.Fluent;
using Tierce.Monitor;
using Tierce.Runtime;

namespace Tierce.User;

public sealed class KernelFileTests
{
    private const ulong Ram = (128UL << 20) / 4096;

    [Fact]
    public void A_kernel_like_Debians_is_taken()
    {
        byte[] file = TestKernel.Debian().ToFile();
        Assert.Equal(ElfError.None, ElfImage.Open(file, out ElfImage image));
        Assert.Equal(BuildError.None, KernelNotes.Read(image, out KernelNotes notes));
        Assert.Equal(TestKernel.VirtualBase, notes.VirtualBase);
        Assert.Equal(TestKernel.VirtualBase + TestKernel.LoadAddress + 0x1c0, notes.Entry);
        Assert.Equal(0x80_0000_0000UL, notes.InitialP2M);
        Assert.True(notes.ModuleByFrame);
    }

    [Fact]
    public void Each_fault_of_a_kernel_has_its_own_error()
    {
        Assert.Equal(BuildError.NotElf, ErrorOf("#!/bin/sh\n"u8.ToArray()));
        Assert.Equal(BuildError.NotElf, ErrorOf([]));
        Assert.Equal(BuildError.Truncated, ErrorOf(TestKernel.Debian().ToFile()[..60]));
        Assert.Equal(BuildError.Truncated, ErrorOf(TestKernel.Debian().ToFile()[..5000]));
        byte[] arm = TestKernel.Debian().ToFile();
        arm[18] = 183;
        Assert.Equal(BuildError.NotX64, ErrorOf(arm));
        Assert.Equal(BuildError.NoNotes, ErrorOf(new TestKernel().Note(1, [1, 2, 3, 4], "GNU\0").ToFile()));
        Assert.Equal(BuildError.BadNotes, ErrorOf(TestKernel.Debian().Note(1, new byte[8], "Tierce\0").ToFile()));
        Assert.Equal(BuildError.NoEntryNote, ErrorOf(new TestKernel().Number(18, 0x100_0000).ToFile()));
        Assert.Equal(BuildError.NoVirtualBase, ErrorOf(new TestKernel().Number(4, 5).ToFile()));
        Assert.Equal(BuildError.BadVirtualBase, ErrorOf(TestKernel.Debian().Number(3, 0xffff_8080_0000_0000).ToFile()));
        Assert.Equal(BuildError.HoleTooSmall, ErrorOf(TestKernel.Debian().Number(12, 0xffff_9000_0000_0000).ToFile()));
        Assert.Equal(BuildError.BadXenVersion, ErrorOf(TestKernel.Debian().Note(5, "xen-9\0"u8).ToFile()));
        Assert.Equal(BuildError.BadLoader, ErrorOf(TestKernel.Debian().Note(6, "plan9\0"u8).Note(8, "other\0"u8).ToFile()));
        Assert.Equal(BuildError.FeatureRequired, ErrorOf(TestKernel.Debian().Note(10, "pae_pgdir_above_4gb|!telepathy"u8).ToFile()));
        Assert.Equal(BuildError.BadNotes, ErrorOf(TestKernel.Debian().Note(1, [1, 2, 3]).ToFile()));
    }

    [Fact]
    public void What_notes_leave_out_has_Xens_default()
    {
        KernelNotes notes = NotesOf(new TestKernel().Note(5, "xen-3.0\0"u8).Number(2, 0x10_2000).ToFile());
        Assert.Equal((0UL, TestKernel.LoadAddress, 0UL), (notes.VirtualBase, notes.Entry, notes.PhysicalOffset));
        Assert.Equal(0x10_2000UL, notes.HypercallPage);

        // Numbers may be short; a version may have more after the part that Xen compares; Linux names its loader as it likes.
        notes = NotesOf(new TestKernel().Note(5, "xen-3.0-x86_64\0"u8).Note(1, [0, 0x10]).Note(6, "linux\0"u8).Note(8, "other\0"u8).ToFile());
        Assert.Equal(0x1000UL, notes.Entry);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Notes_in_sections_count_if_no_segment_has_any(bool alsoSegment)
    {
        TestKernel kernel = new TestKernel().Note(5, "xen-3.0\0"u8).Number(1, 0x100_1000);
        byte[] file = alsoSegment ? kernel.ToFile() : kernel.ToSectionFile(7, ".note.Xen");
        Assert.Equal(0x100_1000UL, NotesOf(file).Entry);
    }

    [Fact]
    public void The_string_before_notes_is_understood()
    {
        const string Text = "GUEST_OS=test,XEN_VER=xen-3.0,LOADER=generic,VIRT_BASE=0x400000,VIRT_ENTRY=0x1400100,HYPERCALL_PAGE=0x1002,PAE=yes\0";
        KernelNotes notes = NotesOf(new TestKernel().ToSectionFile(1, "__xen_guest", Text));
        Assert.Equal((0x40_0000UL, 0x140_0100UL, 0x40_0000UL), (notes.VirtualBase, notes.Entry, notes.PhysicalOffset));
        Assert.Equal(0x140_2000UL, notes.HypercallPage);
        Assert.Equal(BuildError.BadXenVersion, ErrorOf(new TestKernel().ToSectionFile(1, "__xen_guest", "XEN_VER=xen-2.0\0")));
        Assert.Equal(BuildError.BadLoader, ErrorOf(new TestKernel().ToSectionFile(1, "__xen_guest", "LOADER=other\0")));
        Assert.Equal(BuildError.BadNotes, ErrorOf(new TestKernel().ToSectionFile(1, "__xen_guest", "VIRT_BASE=zero\0")));
        Assert.Equal(BuildError.FeatureRequired, ErrorOf(new TestKernel().ToSectionFile(1, "__xen_guest", "FEATURES=!telepathy\0")));
        Assert.Equal(BuildError.NoNotes, ErrorOf(new TestKernel().ToSectionFile(1, "other", "XEN_VER=xen-3.0\0")));
    }

    [Fact]
    public void Memory_that_is_too_small_says_for_what()
    {
        TestKernel.Plan(TestKernel.Debian().ToFile(), 4096, 0, out BuildError error);
        Assert.Equal(BuildError.TooLittleMemory, error);
        TestKernel.Plan(TestKernel.Debian().ToFile(), 7000, 0, out error);
        Assert.Equal(BuildError.TooLittleMemory, error);
        TestKernel.Plan(TestKernel.Debian().ToFile(), Ram, 200UL << 20, out error);
        Assert.Equal(BuildError.RamDiskTooLarge, error);
        TestKernel.Plan(TestKernel.Debian().ToFile(), Ram, 1UL << 20, out error);
        Assert.Equal(BuildError.None, error);
    }

    /// <summary>Whatever bytes change, the parser answers; it never leaves its spans.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Damaged_files_are_survived(int kind)
    {
        byte[] good = kind switch
        {
            0 => TestKernel.Debian().ToFile(),
            1 => TestKernel.Debian().ToSectionFile(7, ".note"),
            _ => new TestKernel().ToSectionFile(1, "__xen_guest", "VIRT_BASE=0x400000,XEN_VER=xen-3.0\0"),
        };
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(ArbMap.Default.ArbFor<(ushort Place, byte Value)[]>(), changes =>
            {
                byte[] file = (byte[])good.Clone();
                foreach ((ushort place, byte value) in changes)
                {
                    // Half of the changes hit the headers, the others the notes at the end.
                    file[(place & 1) == 0 ? place % 232 : file.Length - 1 - (place % 200)] = value;
                }

                TestKernel.Plan(file, Ram, 0, out _);
            }));
    }

    [Fact]
    public void Every_error_has_words()
    {
        string[] texts = [.. Enum.GetValues<BuildError>().Select(error => System.Text.Encoding.ASCII.GetString(BuildMessage.Text(error)))];
        Assert.Equal(texts.Length, texts.Distinct(StringComparer.Ordinal).Count());
    }

    private static KernelNotes NotesOf(byte[] file)
    {
        Assert.Equal(ElfError.None, ElfImage.Open(file, out ElfImage image));
        Assert.Equal(BuildError.None, KernelNotes.Read(image, out KernelNotes notes));
        return notes;
    }

    private static BuildError ErrorOf(byte[] file)
    {
        TestKernel.Plan(file, Ram, 0, out BuildError error);
        return error;
    }
}
