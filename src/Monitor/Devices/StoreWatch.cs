using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>One watch of the guest.</summary>
public unsafe struct StoreWatch
{
    /// <summary>Most bytes of a token.</summary>
    public const int TokenSize = 64;

    /// <summary>Bytes of the path as the guest gave it; 0 if the watch is free.</summary>
    public int PathLength;

    /// <summary>Bytes of the token.</summary>
    public int TokenLength;

    private fixed byte _path[StoreNode.PathSize];
    private fixed byte _token[TokenSize];

    /// <summary>Room of the path.</summary>
    public static Span<byte> PathRoom(ref StoreWatch watch) => MemoryMarshal.CreateSpan(ref watch._path[0], StoreNode.PathSize);

    /// <summary>Room of the token.</summary>
    public static Span<byte> TokenRoom(ref StoreWatch watch) => MemoryMarshal.CreateSpan(ref watch._token[0], TokenSize);

    /// <summary>The path.</summary>
    public static ReadOnlySpan<byte> Path(ref StoreWatch watch) => PathRoom(ref watch).Slice(0, watch.PathLength);

    /// <summary>The token.</summary>
    public static ReadOnlySpan<byte> Token(ref StoreWatch watch) => TokenRoom(ref watch).Slice(0, watch.TokenLength);
}
