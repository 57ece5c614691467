using System.Globalization;
using System.Text;

namespace Tierce.Tool.Guest;

/// <summary>
/// Writes a cpio archive in the "new ASCII" format (magic 070701), the one Linux unpacks into its first root file system.
/// Format: Documentation/driver-api/early-userspace/buffer-format.rst of Linux.
/// </summary>
internal sealed class NewcArchive
{
    private const int FileType = 0x8000;
    private const int FolderType = 0x4000;
    private const int LinkType = 0xa000;
    private const int CharacterDeviceType = 0x2000;

    private readonly MemoryStream _bytes = new();
    private int _inode = 1;

    /// <summary>Adds a folder; parents come first, by the caller.</summary>
    public NewcArchive Folder(string path) => Entry(path, FolderType | 0x1ed, [], 0, 0);

    /// <summary>Adds a regular file.</summary>
    public NewcArchive File(string path, ReadOnlySpan<byte> contents, bool executable = false) =>
        Entry(path, FileType | (executable ? 0x1ed : 0x1a4), contents, 0, 0);

    /// <summary>Adds a symbolic link.</summary>
    public NewcArchive Link(string path, string target) => Entry(path, LinkType | 0x1ff, Encoding.UTF8.GetBytes(target), 0, 0);

    /// <summary>Adds a character device node.</summary>
    public NewcArchive CharacterDevice(string path, int major, int minor) => Entry(path, CharacterDeviceType | 0x180, [], major, minor);

    /// <summary>Ends the archive and returns it, padded so that another may follow.</summary>
    public byte[] ToArray()
    {
        Entry("TRAILER!!!", 0, [], 0, 0);
        Pad(512);
        return _bytes.ToArray();
    }

    private NewcArchive Entry(string path, int mode, ReadOnlySpan<byte> contents, int major, int minor)
    {
        byte[] name = Encoding.UTF8.GetBytes(path.TrimStart('/') + "\0");
        StringBuilder header = new("070701");

        // Inode, mode, user, group, links, time, size, device of the file system (2), device number (2), length of the name, checksum.
        ReadOnlySpan<long> fields = [_inode++, mode, 0, 0, 1, 0, contents.Length, 0, 0, major, minor, name.Length, 0];
        foreach (long field in fields)
        {
            header.Append(field.ToString("x8", CultureInfo.InvariantCulture));
        }

        _bytes.Write(Encoding.ASCII.GetBytes(header.ToString()));
        _bytes.Write(name);
        Pad(4);
        _bytes.Write(contents);
        Pad(4);
        return this;
    }

    private void Pad(int multiple)
    {
        while (_bytes.Length % multiple != 0)
        {
            _bytes.WriteByte(0);
        }
    }
}
