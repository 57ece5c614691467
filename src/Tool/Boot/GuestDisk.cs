using System.Globalization;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>A disk of a guest: a file or a block device of the host, or a part of one.</summary>
/// <param name="Path">Where it is: absolute, without links.</param>
/// <param name="ReadOnly">The guest may not write to it.</param>
/// <param name="Ephemeral">What the guest writes is thrown away at the end of the run.</param>
/// <param name="IsScratch">What the guest writes need not outlive the machine: QEMU answers a flush at once.</param>
internal sealed record GuestDisk(string Path, bool ReadOnly, bool Ephemeral = false, bool IsScratch = false)
{
    /// <summary>Most disks of a guest.</summary>
    public const int Most = Tierce.Runtime.Devices.DeviceControl.MostDevices;

    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    /// <summary>The guest's part of it, in sectors of 512 bytes; null for all.</summary>
    public DiskPart? Part { get; init; }

    /// <summary>The guest has it only after it was plugged.</summary>
    public bool Unplugged { get; init; }

    /// <summary>Operations and bytes per second that the guest may have; 0 for no limit.</summary>
    public long Operations { get; init; }

    /// <inheritdoc cref="Operations"/>
    public long Bytes { get; init; }

    /// <summary>Reads <c>FILE|DEVICE[:ro]</c> and checks that QEMU can use it.</summary>
    /// <param name="what">The option or key, for messages.</param>
    /// <param name="text">The text; a path may hold colons.</param>
    /// <param name="folder">Folder to which the path is relative; null: the current one.</param>
    /// <exception cref="ToolException">It cannot.</exception>
    public static GuestDisk Parse(string what, string text, string? folder = null)
    {
        string Full(string path) => folder is null ? path : System.IO.Path.Combine(folder, path);
        bool readOnly = text.EndsWith(":ro", StringComparison.Ordinal) && !File.Exists(Full(text));
        return Open($"{what} {text}", Full(readOnly ? text[..^3] : text), readOnly);
    }

    /// <summary>Checks that QEMU can use a file or a device.</summary>
    /// <param name="what">What the user gave, for messages.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="readOnly">It is not written.</param>
    /// <exception cref="ToolException">It cannot.</exception>
    public static GuestDisk Open(string what, string path, bool readOnly)
    {
        InputFile.CheckThere(what, path, "disk");
        try
        {
            using FileStream file = new(path, FileMode.Open, readOnly ? FileAccess.Read : FileAccess.ReadWrite, FileShare.ReadWrite);
            long length = Length(file);
            if (length < SectorSize)
            {
                throw new ToolException($"{what}: is too small for a disk: {length} bytes");
            }

            CheckUnused(what, path, readOnly);
            string full = System.IO.Path.GetFullPath(path);
            return new GuestDisk(File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full, readOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ToolException($"{what}: cannot be opened{(readOnly ? string.Empty : " for writing")}: {e.Message}");
        }
    }

    /// <summary>
    /// QEMU holds locks on an image that it has open: on this byte if it writes the image, on the other if it forbids others to write it
    /// (QEMU's block/file-posix.c). They conflict with a lock of this process.
    /// </summary>
    private const long WriterByte = 101, NoOtherWriterByte = 201;

    /// <summary>Checks that no machine has the image open. QEMU checks again when it starts.</summary>
    private static void CheckUnused(string what, string path, bool readOnly)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (!CanLock(file, WriterByte) || (!readOnly && !CanLock(file, NoOtherWriterByte)))
            {
                throw new ToolException($"{what}: is in use by another machine");
            }
        }
        catch (Exception e) when (readOnly && e is IOException or UnauthorizedAccessException)
        {
            // Only a file that may be written can be locked. This machine does not write it.
        }
    }

    /// <summary>Whether no other process has a lock on a byte. .NET offers locks on Linux, and the tool runs nowhere else.</summary>
    private static bool CanLock(FileStream file, long place)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                file.Lock(place, 1);
                file.Unlock(place, 1);
            }
            catch (IOException)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Its sectors, all of the file or device.</summary>
    public long CountSectors()
    {
        using FileStream file = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Length(file) / SectorSize;
    }

    /// <summary>A block device has no length, but an end.</summary>
    private static long Length(FileStream file) => file.Length != 0 ? file.Length : file.Seek(0, SeekOrigin.End);

    /// <summary>Reads all that <c>--disk</c> names.</summary>
    /// <exception cref="ToolException">One cannot be used, there are too many, or one is named twice.</exception>
    public static GuestDisk[] ParseAll(IReadOnlyList<string> options)
    {
        GuestDisk[] disks = [.. options.Select(option => Parse("--disk", option))];
        CheckCount("--disk", disks.Length);
        GuestDisk? twice = disks.Where((disk, number) => disks.Take(number).Any(disk.Conflicts)).FirstOrDefault();
        return twice is null ? disks : throw new ToolException($"--disk {twice.Path}: is named twice, and may be written");
    }

    /// <summary>Checks the number of a guest's disks.</summary>
    /// <exception cref="ToolException">They are too many.</exception>
    public static void CheckCount(string what, int count)
    {
        if (count > Most)
        {
            throw new ToolException($"{what}: a guest has at most {Most} disks");
        }
    }

    /// <summary>Whether the users of two disks would disturb each other: the disks have sectors in common, and one of the two may write.</summary>
    public bool Conflicts(GuestDisk other) =>
        Path == other.Path && (!ReadOnly || !other.ReadOnly) && (Part is null || other.Part is null || Part.Overlaps(other.Part));

    /// <summary>The value of the manifest's key "disk".</summary>
    /// <param name="driver">Name of its driver's section.</param>
    public string ManifestValue(string driver) => string.Create(CultureInfo.InvariantCulture,
        $"{driver}{(ReadOnly ? ":ro" : string.Empty)}{(Unplugged ? ":unplugged" : string.Empty)}{(Part is null ? string.Empty : $":first={Part.First}:sectors={Part.Sectors}")}{Limit("ops", Operations)}{Limit("bytes", Bytes)}");

    private static string Limit(string name, long value) => value == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $":{name}={value}");
}

/// <summary>A part of a disk.</summary>
/// <param name="First">First sector of 512 bytes.</param>
/// <param name="Sectors">Sectors, at least 1.</param>
internal sealed record DiskPart(long First, long Sectors)
{
    /// <summary>Whether they have a sector in common.</summary>
    public bool Overlaps(DiskPart other) => First < other.First + other.Sectors && other.First < First + Sectors;
}
