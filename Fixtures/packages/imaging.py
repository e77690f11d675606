"""Images, video, drawings, documents."""


def pillow():
    import io

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (64, 64), "red")
    ImageDraw.Draw(image).text((5, 5), "text", fill="white")
    for kind in ("PNG", "JPEG", "WEBP", "TIFF"):
        file = io.BytesIO()
        image.save(file, kind)
        assert Image.open(file).resize((8, 8)).size == (8, 8)


def opencv_python_headless():
    import cv2
    import numpy

    image = numpy.zeros((64, 64, 3), "uint8")
    cv2.circle(image, (32, 32), 10, (255, 255, 255), -1)
    for kind in (".png", ".jpg", ".webp"):
        is_written, octets = cv2.imencode(kind, cv2.GaussianBlur(image, (5, 5), 0))
        assert is_written
        assert cv2.imdecode(octets, cv2.IMREAD_COLOR).shape == (64, 64, 3)


def matplotlib():
    import io

    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    file = io.BytesIO()
    pyplot.plot([1, 2, 3])
    pyplot.savefig(file, format="png")
    pyplot.close()
    assert file.getvalue().startswith(b"\x89PNG")


def av():
    import io

    import av
    import numpy

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(numpy.zeros((64, 64, 3), "uint8"), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert len(file.getvalue()) > 500


def lxml():
    import io

    from lxml import etree

    document = etree.parse(io.BytesIO(b"<a><b n='1'/><b n='2'/></a>"))
    assert document.xpath("sum(//b/@n)") == 3
    sheet = etree.XSLT(
        etree.XML(
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
            '<n><xsl:value-of select="count(//b)"/></n></xsl:template></xsl:stylesheet>'
        )
    )
    assert sheet(document).getroot().text == "2"
