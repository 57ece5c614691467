namespace Tierce.Monitor;

/// <summary>Access to a guest's frames while it is being built: windows in the monitor, an array in the tests.</summary>
public interface IGuestFrames
{
    /// <summary>The 4096 bytes of a frame. Valid until the next call.</summary>
    Span<byte> Frame(ulong frame);
}
