# The official image has Odoo 19, Chinese fonts and the wkhtmltopdf with patched Qt; ours adds the addons and
# the Python packages that these import.
FROM odoo:19

USER root
COPY config/requirements.txt config/requirements-oca.txt config/constraints.txt /tmp/dealer/
# Only what our addons import on top of the image, at the versions that are tested. OCA addons come without
# dependencies: Odoo is a package of the system here, which pip would not find, and have a folder of their own.
RUN grep -iE '^(openpyxl|python-stdnum|xlrd|XlsxWriter|defusedxml)==' /tmp/dealer/requirements.txt > /tmp/dealer/ours.txt \
    && pip3 install --no-cache-dir --break-system-packages --ignore-installed -c /tmp/dealer/constraints.txt -r /tmp/dealer/ours.txt \
    && pip3 install --no-cache-dir --no-deps --target=/opt/dealer/oca -r /tmp/dealer/requirements-oca.txt \
    && rm -rf /tmp/dealer
COPY config/odoo.conf /etc/odoo/odoo.conf
COPY scripts/container.sh scripts/configure_db.py /opt/dealer/
COPY addons /opt/dealer/addons
USER odoo
CMD ["/opt/dealer/container.sh"]
